import { AT, BATCH, BYTES, EVENT_BYTES, EVENT_WORDS, HEAD, MIGRATION, NS, SEQUENCE } from './event-layout.js';
import { MovedTotals } from './moved-totals.js';
import { NameTable } from './name-table.js';

/** Words before the events: open readers, claimed events, and how often that count has wrapped around at 2^32. */
const READERS = 0;
const CLAIMED = 1;
const ROUNDS = 2;
const HEADER_WORDS = 16;
/** Offsets in bytes of the parts behind them. */
const NAMES_AT = HEADER_WORDS * Int32Array.BYTES_PER_ELEMENT;
const MOVED_AT = NAMES_AT + NameTable.bytes;
const EVENTS_AT = MOVED_AT + MovedTotals.bytes;

/** Events in a ferry's ring: 4 MiB, of which the system allocates only the touched pages. */
const CAPACITY = 65_536;

/**
 * A ring of events of one size, in memory that several threads share. Any thread may write, and none ever waits: a writer
 * claims the next place and overwrites it. A reader checks the sequence number before and after its copy, and so knows
 * which events it missed.
 */
export class EventRing {
  readonly buffer: SharedArrayBuffer;
  readonly capacity: number;
  readonly names: NameTable;
  readonly moved: MovedTotals;
  readonly #header: Int32Array;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;

  /** @param buffer The buffer of another thread's ring. Without it, a new one of `capacity` events, a power of two. */
  constructor(buffer?: SharedArrayBuffer, capacity: number = CAPACITY) {
    this.buffer = buffer ?? newBuffer(EVENTS_AT + capacity * EVENT_BYTES);
    this.#header = new Int32Array(this.buffer, 0, HEADER_WORDS);
    this.names = new NameTable(this.buffer, NAMES_AT);
    this.moved = new MovedTotals(this.buffer, MOVED_AT);
    this.#words = new Int32Array(this.buffer, EVENTS_AT);
    this.#doubles = new Float64Array(this.buffer, EVENTS_AT);
    this.capacity = this.#words.length / EVENT_WORDS;
  }

  /** Whether a reader is open, so that events have to be written. */
  get on(): boolean {
    return Atomics.load(this.#header, READERS) > 0;
  }

  /** A reader was opened (1) or closed (-1). */
  countReader(change: 1 | -1): void {
    Atomics.add(this.#header, READERS, change);
  }

  /** Number of events claimed so far. */
  get head(): number {
    const rounds = Atomics.load(this.#header, ROUNDS);
    return rounds * 2 ** 32 + (Atomics.load(this.#header, CLAIMED) >>> 0);
  }

  /** Writes an event. The meaning of `a` to `f` depends on its kind: see `decodeEvent`. */
  write(
    head: number,
    at: number,
    ns: number,
    bytes: number,
    batch: number,
    migration: number,
    a = 0,
    b = 0,
    c = 0,
    d = 0,
    e = 0,
    f = 0,
  ): void {
    const number = Atomics.add(this.#header, CLAIMED, 1);
    if (number === -1) Atomics.add(this.#header, ROUNDS, 1);
    const words = this.#words;
    const doubles = this.#doubles;
    const start = (number & (this.capacity - 1)) * EVENT_WORDS;
    // No event of this place has this number, so a reader rejects the place. The load keeps the following stores behind
    // this one on CPUs that reorder stores (arm64).
    Atomics.store(words, start + SEQUENCE, number);
    Atomics.load(words, start + SEQUENCE);
    words[start + HEAD] = head;
    doubles[start / 2 + AT] = at;
    doubles[start / 2 + NS] = ns;
    doubles[start / 2 + BYTES] = bytes;
    words[start + BATCH] = batch;
    words[start + MIGRATION] = migration;
    words[start + 10] = a;
    words[start + 11] = b;
    words[start + 12] = c;
    words[start + 13] = d;
    words[start + 14] = e;
    words[start + 15] = f;
    Atomics.store(words, start + SEQUENCE, (number + 1) | 0);
  }

  /** Copies the event at a position to `out` (EVENT_WORDS words). False if it is not written yet, or overwritten. */
  copy(position: number, out: Int32Array): boolean {
    const start = (position % this.capacity) * EVENT_WORDS;
    const sequence = (position + 1) | 0;
    if (Atomics.load(this.#words, start + SEQUENCE) !== sequence) return false;
    // Plain loads could be reordered after the last check (arm64).
    for (let i = 0; i < EVENT_WORDS; i++) out[i] = Atomics.load(this.#words, start + i);
    return Atomics.load(this.#words, start + SEQUENCE) === sequence;
  }
}

/** A web page that is not cross-origin isolated has no shared memory, and no thread to share it with. */
function newBuffer(bytes: number): SharedArrayBuffer {
  if (typeof SharedArrayBuffer !== 'undefined') return new SharedArrayBuffer(bytes);
  return new ArrayBuffer(bytes) as unknown as SharedArrayBuffer;
}
