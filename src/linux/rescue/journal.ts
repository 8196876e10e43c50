import { PAGE_SIZE } from '../../common/page.js';
import { MAX_BATCHES_OUT } from '../../mm/pipeline/batch.js';
import type { Address } from '../sys/libc.js';
import { getWords64, setWords64 } from '../sys/words64.js';

/** Each batch in flight has a section of its own. */
const SECTIONS = MAX_BATCHES_OUT;
/** Ranges that may be registered at once. */
export const JOURNAL_SPANS = 1024;
/** Of those, the number that is always left to the ranges of one region. */
export const MAX_REGION_SPANS: number = JOURNAL_SPANS / 2;

// 64-bit words of the header. Machine code reads them too: last-act-code.ts and last-act-code-arm64.ts.
const STATE = 0;
const DESCRIPTOR = 1;
const SPANS = 2;
/** Indices in 32-bit words: the high halves of two words. */
const DAMON_32 = STATE * 2 + 1;
const WRITES_WATCH_32 = DESCRIPTOR * 2 + 1;
const COUNTS = 3;
const MAX_RUNS = COUNTS + SECTIONS;
const READER = MAX_RUNS + 1;
const FIRST_SPAN = READER + 1;
const FIRST_RUN = FIRST_SPAN + 2 * JOURNAL_SPANS;
const RUN_WORDS = 3;
/** Bit 0 of a length, which is in whole pages. For a run it is `byTable`, for a span `own`. */
const FLAG = 1;

// State 0: not yet the journal of a machine.
/** A machine writes it. */
export const JOURNAL_LIVE = 1;
/** Its machine has failed, and a rescuer brings the pages back. */
const JOURNAL_AT_WORK = 2;
/** Every page is back, no range is registered, the descriptor is closed. */
export const JOURNAL_BACK = 3;
/** A page could not be brought back: the descriptor is open and the ranges are registered. */
export const JOURNAL_STUCK = 4;

/** Pages of the program, and the frames that hold them. */
export interface JournalRun {
  readonly program: Address;
  readonly frames: Address;
  readonly pages: number;
  /**
   * Whether it may have left or arrived by page table, by mremap(2). A rescuer then first maps the program's range if it
   * has a hole (from a mremap that failed half-way), and registers it (a mapping that has just arrived is not registered).
   * Otherwise UFFDIO_MOVE fails with an error that does not show whether the pages have arrived.
   */
  readonly byTable: boolean;
}

/** A range that may be registered, or the ferry's own memory. */
export interface JournalSpan {
  readonly address: Address;
  readonly bytes: number;
  /** Whether it is the ferry's own memory, such as the pools: freed (MADV_DONTNEED) when everything is unregistered. */
  readonly own: boolean;
}

/**
 * The unmapped pages and the registered ranges, in memory that outlives the migration thread. It is written before pages
 * leave, and empty when all are back. With the userfaultfd, which stays open when a thread ends, others can bring the pages
 * back: see journal-rescue.ts and last-act.ts.
 *
 * All words have 64 bits. The header has the state, the descriptor, the count of spans, the counts of runs of each section,
 * the number of runs for which a section has room, and the event reader's block or 0. The spans follow (address, bytes),
 * the pools first. Last come the runs of the sections (program address, frame address, bytes). Bit 0 of a span's bytes
 * means that it is the ferry's own, of a run's that it moves by page table. A batch in the pipeline's slot `k` is written
 * into section `k`. The state, the descriptor and `writesWatch` have 32 bits. The last is the high half of
 * the descriptor's word, and `damon` is that of the state's word.
 */
export class Journal {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #maxRuns: number;

  /** Offset of the first run, bytes. The machine code of the last act has it. */
  static readonly firstRun: number = FIRST_RUN * 8;

  /** Bytes of a journal for batches of up to `maxRuns` folios. */
  static bytes(maxRuns: number): number {
    return (FIRST_RUN + SECTIONS * maxRuns * RUN_WORDS) * 8;
  }

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    this.#maxRuns = Math.floor((buffer.byteLength / 8 - FIRST_RUN) / RUN_WORDS / SECTIONS);
    this.#words[MAX_RUNS * 2] = this.#maxRuns;
  }

  // --- for the machine -------------------------------------------------------------------------------------

  /** Makes it the journal of a machine that moves pages with this descriptor and has these pools. */
  open(descriptor: number, pools: Pick<JournalSpan, 'address' | 'bytes'>): void {
    this.#words[DESCRIPTOR * 2] = descriptor;
    this.readBy(0);
    this.writesWatch = 0;
    this.damon = 0;
    this.#words[SPANS * 2] = 0;
    for (let section = 0; section < SECTIONS; section++) this.clear(section);
    this.memory(pools.address, pools.bytes);
    Atomics.store(this.#words, STATE * 2, JOURNAL_LIVE);
  }

  /** Sets the block of the descriptor's event reader, or 0. A rescuer ends it before it closes the descriptor. */
  readBy(block: Address): void {
    this.#set(READER, block);
  }

  /** The machine has closed: there are no pages to bring back, and no descriptor or event reader any more. */
  close(): void {
    this.readBy(0);
    Atomics.store(this.#words, STATE * 2, JOURNAL_BACK);
  }

  /** A range of the program is about to be registered. False if there is no room for it. */
  registered(address: Address, bytes: number): boolean {
    return this.#addSpan(address, bytes);
  }

  /** A range of the program was unregistered. */
  unregistered(address: Address): void {
    this.#removeSpan(address);
  }

  /**
   * Adds the ferry's own memory that may contain pages, registered or not. False if there is no room for it. Half of the
   * ranges are left to the program.
   */
  memory(address: Address, bytes: number): boolean {
    return this.hasRoomForMemory && this.#addSpan(address, bytes + FLAG);
  }

  /** Whether `memory` has room for one more range. */
  get hasRoomForMemory(): boolean {
    return this.#words[SPANS * 2]! < JOURNAL_SPANS - MAX_REGION_SPANS;
  }

  /** That memory is about to be freed. */
  forget(address: Address): void {
    this.#removeSpan(address);
  }

  /** Called before the pages of a run leave the program. */
  leaving(section: number, program: Address, frames: Address, pages: number, byTable = false): void {
    const count = this.#words[(COUNTS + section) * 2]!;
    if (count >= this.#maxRuns) throw new RangeError('a batch has more runs than its journal has room for');
    this.#write(section, count, program, frames, pages, byTable);
    // Counted last, so that a reader sees only complete runs.
    Atomics.store(this.#words, (COUNTS + section) * 2, count + 1);
  }

  /** Replaces the last announced run by the runs that have really left, if any. They keep its `byTable`. */
  replaceLast(
    section: number,
    runs: readonly (readonly [program: Address, frames: Address, pages: number])[],
  ): void {
    const last = this.#words[(COUNTS + section) * 2]! - 1;
    const byTable = this.#isFlagged(this.#at(section, last) + 2);
    // The new ones first: every unmapped page must be in the journal at every moment.
    for (const [program, frames, pages] of runs.slice(1)) {
      this.leaving(section, program, frames, pages, byTable);
    }
    const first = runs[0];
    if (first === undefined) Atomics.store(this.#words, (COUNTS + section) * 2, last);
    else this.#write(section, last, first[0], first[1], first[2], byTable);
  }

  /** To be called when every page of the section's batch is back. */
  clear(section: number): void {
    Atomics.store(this.#words, (COUNTS + section) * 2, 0);
  }

  /**
   * The userfaultfd of an access source that watches writes, or 0. It stays open when its thread ends, and a rescuer closes
   * it.
   */
  set writesWatch(descriptor: number) {
    Atomics.store(this.#words, WRITES_WATCH_32, descriptor);
  }

  /** Returns `writesWatch` to the only caller that may close it, and sets it to 0. */
  takeWritesWatch(): number {
    return Atomics.exchange(this.#words, WRITES_WATCH_32, 0);
  }

  /** The thread that has configured DAMON, or 0. The kernel would continue after its end, so a rescuer ends it. */
  get damon(): number {
    return Atomics.load(this.#words, DAMON_32);
  }

  set damon(thread: number) {
    Atomics.store(this.#words, DAMON_32, thread);
  }

  // --- for rescuers ----------------------------------------------------------------------------------------

  get state(): number {
    return Atomics.load(this.#words, STATE * 2);
  }

  set state(state: number) {
    Atomics.store(this.#words, STATE * 2, state);
  }

  /** Claims the rescue after the machine has failed. False if there is nothing to do, or if another thread does it. */
  takeOver(): boolean {
    const words = this.#words;
    return (
      Atomics.compareExchange(words, STATE * 2, JOURNAL_LIVE, JOURNAL_AT_WORK) === JOURNAL_LIVE ||
      Atomics.compareExchange(words, STATE * 2, JOURNAL_STUCK, JOURNAL_AT_WORK) === JOURNAL_STUCK
    );
  }

  get descriptor(): number {
    return this.#words[DESCRIPTOR * 2]!;
  }

  /** The event reader's block. 0 if there is none. */
  get reader(): Address {
    return this.#get(READER);
  }

  /** Every range that may be registered, and all memory of the ferry's own. The pools come first. */
  spans(): JournalSpan[] {
    const count = Atomics.load(this.#words, SPANS * 2);
    return Array.from({ length: count }, (_, i) => {
      const at = FIRST_SPAN + i * 2;
      return { address: this.#get(at), bytes: this.#bytes(at + 1), own: this.#isFlagged(at + 1) };
    });
  }

  /** The runs that are unmapped, or were until a moment ago. */
  runs(): JournalRun[] {
    return Array.from({ length: SECTIONS }, (_, section) =>
      Array.from({ length: Atomics.load(this.#words, (COUNTS + section) * 2) }, (_run, run) => {
        const at = this.#at(section, run);
        return {
          program: this.#get(at),
          frames: this.#get(at + 1),
          pages: this.#bytes(at + 2) / PAGE_SIZE,
          byTable: this.#isFlagged(at + 2),
        };
      }),
    ).flat();
  }

  #addSpan(address: Address, bytes: number): boolean {
    const count = this.#words[SPANS * 2]!;
    if (count === JOURNAL_SPANS) return false;
    this.#set(FIRST_SPAN + count * 2, address);
    this.#set(FIRST_SPAN + count * 2 + 1, bytes);
    Atomics.store(this.#words, SPANS * 2, count + 1);
    return true;
  }

  #removeSpan(address: Address): void {
    const last = this.#words[SPANS * 2]! - 1;
    // The first span is the pools, which stay.
    for (let i = 1; i <= last; i++) {
      if (this.#get(FIRST_SPAN + i * 2) !== address) continue;
      this.#set(FIRST_SPAN + i * 2 + 1, this.#get(FIRST_SPAN + last * 2 + 1));
      this.#set(FIRST_SPAN + i * 2, this.#get(FIRST_SPAN + last * 2));
      Atomics.store(this.#words, SPANS * 2, last);
      return;
    }
  }

  #at(section: number, run: number): number {
    return FIRST_RUN + (section * this.#maxRuns + run) * RUN_WORDS;
  }

  #write(
    section: number,
    run: number,
    program: Address,
    frames: Address,
    pages: number,
    byTable: boolean,
  ): void {
    const at = this.#at(section, run);
    this.#set(at, program);
    this.#set(at + 1, frames);
    this.#set(at + 2, pages * PAGE_SIZE + (byTable ? FLAG : 0));
  }

  #isFlagged(word: number): boolean {
    return (this.#words[word * 2]! & FLAG) !== 0;
  }

  /** A length without its flag. */
  #bytes(word: number): number {
    return this.#get(word) - (this.#isFlagged(word) ? FLAG : 0);
  }

  #set(word: number, value: number): void {
    setWords64(this.#words, word * 2, value);
  }

  #get(word: number): number {
    return getWords64(this.#words, word * 2);
  }
}
