import { type Address, libc } from '../linux/sys/libc.js';

// What a slot's state can be. The engine moves it from FREE to RUNNING, and from RUNNING to REVOKED when it gives
// the batch up; the module's thread moves it from RUNNING to DONE, or to ENDED when it ends. Whoever comes first wins.
export const SLOT_FREE = 0;
export const SLOT_RUNNING = 1;
export const SLOT_DONE = 2;
export const SLOT_REVOKED = 3;
export const SLOT_ENDED = 4;

/** How a DONE batch ended: `offloadCopy` returned, or threw. */
const OUTCOME_RETURNED = 0;
const OUTCOME_THROWN = 1;

const HEADER_BYTES = 64;
const STATE = 0;
const LENGTH = 1;
const OUTCOME = 2;
const TEXT_BYTES = 3;
const TEXT_CAPACITY = 512;

// A module may replace what it finds in the global scope; these are taken before it is loaded.
const { load, store, compareExchange } = Atomics;
const NOT_A_NUMBER = Number.NaN;

/** One batch in memory that the engine and a module's thread share. */
export class ModuleSlot {
  readonly src: Float64Array;
  readonly dst: Uint32Array;
  readonly order: Uint8Array;
  readonly copied: Uint8Array;
  /** Where the state lies, for futex(2). */
  readonly stateAddress: Address;
  readonly #header: Int32Array;
  readonly #result: Float64Array;
  readonly #text: Uint8Array;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();

  /** Bytes of a slot for `capacity` folios: a multiple of 64. */
  static bytes(capacity: number): number {
    return HEADER_BYTES + TEXT_CAPACITY + Math.ceil((capacity * 14) / 64) * 64;
  }

  constructor(memory: SharedArrayBuffer, offset: number, capacity: number) {
    this.#header = new Int32Array(memory, offset, 4);
    this.#result = new Float64Array(memory, offset + 16, 1);
    this.#text = new Uint8Array(memory, offset + HEADER_BYTES, TEXT_CAPACITY);
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

  /** False when the state was not `from`; it is then unchanged. */
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

  /** What `offloadCopy` returned; NaN for what is no number. */
  get result(): number {
    return this.#result[0]!;
  }

  /** The message of what was thrown. */
  get text(): string {
    const length = this.#header[TEXT_BYTES]!;
    // A copy, as shared memory cannot be decoded itself. Cut off within a character, it ends in U+FFFD.
    return this.#decoder.decode(this.#text.slice(0, length));
  }

  /** To be called before the state becomes DONE. */
  setReturned(value: unknown): void {
    this.#header[OUTCOME] = OUTCOME_RETURNED;
    this.#result[0] = typeof value === 'number' ? value : NOT_A_NUMBER;
  }

  /** To be called before the state becomes DONE. */
  setThrown(message: string): void {
    const bytes = this.#encoder.encode(message).subarray(0, TEXT_CAPACITY);
    this.#text.set(bytes);
    this.#header[TEXT_BYTES] = bytes.length;
    this.#header[OUTCOME] = OUTCOME_THROWN;
  }
}

/** Whether the module's thread has ended by itself, and its slots: memory that it shares with the engine. */
export class ModuleMemory {
  readonly slots: readonly ModuleSlot[];
  readonly #ended: Int32Array;

  static allocate(capacity: number, slots: number): SharedArrayBuffer {
    return new SharedArrayBuffer(HEADER_BYTES + slots * ModuleSlot.bytes(capacity));
  }

  constructor(memory: SharedArrayBuffer, capacity: number, slots: number) {
    this.#ended = new Int32Array(memory, 0, 1);
    this.slots = Array.from(
      { length: slots },
      (_, i) => new ModuleSlot(memory, HEADER_BYTES + i * ModuleSlot.bytes(capacity), capacity),
    );
  }

  get ended(): boolean {
    return load(this.#ended, 0) !== 0;
  }

  /** Says so before the slots are looked at; the engine fills a slot before it looks here. */
  setEnded(): void {
    store(this.#ended, 0, 1);
  }
}
