import { describe } from '../common/describe-value.js';
import { type Address, libc } from '../linux/sys/libc.js';

// States of a slot. The engine changes FREE to RUNNING, and RUNNING to REVOKED when it gives the batch up. The module's
// thread changes RUNNING to DONE, or to ENDED when it ends. Whichever changes RUNNING first decides.
export const SLOT_FREE = 0;
export const SLOT_RUNNING = 1;
export const SLOT_DONE = 2;
export const SLOT_REVOKED = 3;
export const SLOT_ENDED = 4;

/** Whether `offloadCopy` of a DONE batch returned or threw. */
const OUTCOME_RETURNED = 0;
const OUTCOME_THROWN = 1;

const HEADER_BYTES = 64;
const STATE = 0;
const LENGTH = 1;
const OUTCOME = 2;
const TEXT_BYTES = 3;
const TEXT_CAPACITY = 512;
/** Offset of the first slot. The header before it has the state of the thread and the reason of its end. */
const SLOTS_BYTES = HEADER_BYTES + TEXT_CAPACITY;

// Read before the module is loaded, because it may replace globals.
const { load, store, compareExchange } = Atomics;
const NOT_A_NUMBER = Number.NaN;
const { isInteger } = Number;

/** A message in shared memory: its length in bytes is a word of a header. */
class SharedText {
  readonly #words: Int32Array;
  readonly #length: number;
  readonly #bytes: Uint8Array;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();

  constructor(memory: SharedArrayBuffer, offset: number, words: Int32Array, length: number) {
    this.#bytes = new Uint8Array(memory, offset, TEXT_CAPACITY);
    this.#words = words;
    this.#length = length;
  }

  get(): string {
    // A copy, because TextDecoder rejects shared memory. If it is cut within a character, it ends in U+FFFD.
    return this.#decoder.decode(this.#bytes.slice(0, this.#words[this.#length]!));
  }

  set(text: string): void {
    const bytes = this.#encoder.encode(text).subarray(0, TEXT_CAPACITY);
    this.#bytes.set(bytes);
    this.#words[this.#length] = bytes.length;
  }
}

/** One batch, in memory that the engine and a module's thread share. */
export class ModuleSlot {
  readonly src: Float64Array;
  readonly dst: Uint32Array;
  readonly order: Uint8Array;
  readonly copied: Uint8Array;
  readonly stateAddress: Address;
  readonly #header: Int32Array;
  readonly #result: Float64Array;
  readonly #text: SharedText;

  /** Bytes of a slot for `capacity` folios: a multiple of 64. */
  static bytes(capacity: number): number {
    return HEADER_BYTES + TEXT_CAPACITY + Math.ceil((capacity * 14) / 64) * 64;
  }

  constructor(memory: SharedArrayBuffer, offset: number, capacity: number) {
    this.#header = new Int32Array(memory, offset, 4);
    this.#result = new Float64Array(memory, offset + 16, 1);
    this.#text = new SharedText(memory, offset + HEADER_BYTES, this.#header, TEXT_BYTES);
    const arrays = offset + HEADER_BYTES + TEXT_CAPACITY;
    this.src = new Float64Array(memory, arrays, capacity);
    this.dst = new Uint32Array(memory, arrays + capacity * 8, capacity);
    this.order = new Uint8Array(memory, arrays + capacity * 12, capacity);
    this.copied = new Uint8Array(memory, arrays + capacity * 13, capacity);
    this.stateAddress = libc().addressOf(this.#header);
  }

  get state(): number {
    return load(this.#header, STATE);
  }

  set state(value: number) {
    store(this.#header, STATE, value);
  }

  /** Returns false, and changes nothing, if the state is not `from`. */
  change(from: number, to: number): boolean {
    return compareExchange(this.#header, STATE, from, to) === from;
  }

  get length(): number {
    return this.#header[LENGTH]!;
  }

  set length(value: number) {
    this.#header[LENGTH] = value;
  }

  get thrown(): boolean {
    return this.#header[OUTCOME] === OUTCOME_THROWN;
  }

  /** The return value of `offloadCopy`. NaN if that was not a number. */
  get result(): number {
    return this.#result[0]!;
  }

  /** The message of the thrown value, or a description of a result that is not an errno. */
  get text(): string {
    return this.#text.get();
  }

  /** Call it before the state becomes DONE. */
  setReturned(value: unknown): void {
    this.#header[OUTCOME] = OUTCOME_RETURNED;
    this.#result[0] = typeof value === 'number' ? value : NOT_A_NUMBER;
    if (!isInteger(value) || (value as number) > 0) this.#text.set(describe(value));
  }

  /** Call it before the state becomes DONE. */
  setThrown(message: string): void {
    this.#text.set(message);
    this.#header[OUTCOME] = OUTCOME_THROWN;
  }
}

/** The memory that the engine and a module's thread share: the slots, and whether the thread has ended by itself. */
export class ModuleMemory {
  readonly slots: readonly ModuleSlot[];
  readonly #ended: Int32Array;
  readonly #why: SharedText;

  static allocate(capacity: number, slots: number): SharedArrayBuffer {
    return new SharedArrayBuffer(SLOTS_BYTES + slots * ModuleSlot.bytes(capacity));
  }

  constructor(memory: SharedArrayBuffer, capacity: number, slots: number) {
    this.#ended = new Int32Array(memory, 0, 2);
    this.#why = new SharedText(memory, HEADER_BYTES, this.#ended, 1);
    this.slots = Array.from(
      { length: slots },
      (_, i) => new ModuleSlot(memory, SLOTS_BYTES + i * ModuleSlot.bytes(capacity), capacity),
    );
  }

  get ended(): boolean {
    return load(this.#ended, 0) !== 0;
  }

  /** The reason for the end of the thread. Empty if it is not known. */
  get why(): string {
    return this.#why.get();
  }

  set why(text: string) {
    this.#why.set(text);
  }

  /**
   * Call it before reading the slots. The engine fills a slot before it reads this. So one of the two sees the other.
   */
  setEnded(): void {
    store(this.#ended, 0, 1);
  }
}
