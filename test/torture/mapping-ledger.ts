const HEADER_BYTES = 8;
const ENTRY_VALUES = 2;
const ENTRIES = 1_000_000;

/** Name of the ledger in the environment data of worker threads. */
export const LEDGER_KEY = 'pageferry mapping ledger';

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** What every thread of a process has mapped and unmapped through the C library's calls, in order, in shared memory. */
export class MappingLedger {
  readonly buffer: SharedArrayBuffer;
  readonly #count: Int32Array;
  /** Address and bytes of each call, bytes below 0 for one that unmaps. */
  readonly #entries: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(HEADER_BYTES + ENTRIES * ENTRY_VALUES * 8)) {
    this.buffer = buffer;
    this.#count = new Int32Array(buffer, 0, 1);
    this.#entries = new Float64Array(buffer, HEADER_BYTES);
  }

  mapped(address: number, bytes: number): void {
    this.#add(address, bytes);
  }

  unmapped(address: number, bytes: number): void {
    this.#add(address, -bytes);
  }

  /** What is mapped and was not unmapped, by address. No thread may map or unmap anything meanwhile. */
  ranges(): Range[] {
    const count = Atomics.load(this.#count, 0);
    if (count > ENTRIES) throw new Error(`the ledger has room for ${ENTRIES} calls, not for ${count}`);
    let ranges: Range[] = [];
    for (let i = 0; i < count; i++) {
      const start = this.#entries[i * ENTRY_VALUES]!;
      const bytes = this.#entries[i * ENTRY_VALUES + 1]!;
      const end = start + Math.abs(bytes);
      ranges = without(ranges, start, end);
      if (bytes > 0) ranges.push({ start, end });
    }
    return ranges.sort((a, b) => a.start - b.start);
  }

  #add(address: number, bytes: number): void {
    const entry = Atomics.add(this.#count, 0, 1);
    if (entry >= ENTRIES) return;
    this.#entries[entry * ENTRY_VALUES] = address;
    this.#entries[entry * ENTRY_VALUES + 1] = bytes;
  }
}

function without(ranges: Range[], start: number, end: number): Range[] {
  if (!ranges.some((range) => range.start < end && start < range.end)) return ranges;
  return ranges.flatMap((range) => {
    if (range.end <= start || end <= range.start) return [range];
    const left = { start: range.start, end: start };
    const right = { start: end, end: range.end };
    return [left, right].filter((part) => part.start < part.end);
  });
}
