import { processMemory } from '../linux/sys/process-memory.js';
import { type ThreadIdentity, thisThread } from '../linux/sys/thread-identity.js';

/** A range of addresses: [start, end). */
export interface AddressRange {
  readonly start: number;
  readonly end: number;
}

const HEADER_BYTES = 64;
/** Word of the header: the thread that changes the table, or 0. */
const LOCK = 0;
const COUNT = 1;
/** Doubles of a claim: start, end, number of its thread. */
const FIELDS = 3;
const OWNER = 2;
const CLAIM_BYTES = FIELDS * 8;
/** Claims of a process, at most: 6 MiB of addresses. The kernel backs only the used part with memory. */
const MAX_CLAIMS = 2 ** 18;
/** Claims of a thread, at most, if the process cannot share a table. Each thread then has its own table. */
const MAX_OWN_CLAIMS = 2 ** 16;
/** Tries to take the lock between two checks that the thread that holds it still runs. */
const TRIES = 1000;

/** The reason for which ranges were not claimed: a claim overlaps them, or the table is full (undefined). */
export interface ClaimRefusal {
  readonly by: Claim | undefined;
}

export interface Claim {
  /** Address at which the claimed range begins. */
  readonly start: number;
  /** Number of the thread that made the claim. */
  readonly thread: number;
}

/**
 * The memory that any ferry of the process manages. Two engines on the same memory would undo each other's work. Claims
 * are by address, because one memory can have several objects (a cloned SharedArrayBuffer, or a WebAssembly.Memory and
 * its buffer).
 *
 * The table is sorted by address, and protected by a lock. All threads share it (process-memory.ts). Claims of a thread
 * that has ended do not count, because its ferries have ended too.
 *
 * V8 terminates a thread only at a function's entry and at a loop's back edge. So a claim is written without a loop and
 * without a call of our own functions. A thread that is terminated while it holds the lock leaves a consistent table.
 */
export class Claims {
  readonly #words: Int32Array;
  readonly #fields: Float64Array;
  readonly #max: number;
  readonly #thread: ThreadIdentity;

  /** @param memory starts as zeros. All threads pass the same memory. */
  constructor(memory: ArrayBuffer, thread: ThreadIdentity) {
    this.#words = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.#fields = new Float64Array(memory, HEADER_BYTES);
    this.#max = Math.floor(this.#fields.length / FIELDS);
    this.#thread = thread;
  }

  get count(): number {
    return Atomics.load(this.#words, COUNT);
  }

  /**
   * Claims all of the ranges, or none. They must not overlap each other. Returns undefined on success.
   * @param abandoned gets the parts of the ranges that threads had claimed that have ended.
   */
  take(ranges: readonly AddressRange[], abandoned?: AddressRange[]): ClaimRefusal | undefined {
    return this.#locked(() => {
      for (const range of ranges) {
        const by = this.#claimIn(range, abandoned);
        if (by !== undefined) return { by };
      }
      if (this.#words[COUNT]! + ranges.length > this.#max) this.#removeDead();
      if (this.#words[COUNT]! + ranges.length > this.#max) return { by: undefined };
      for (const range of ranges) this.#insert(this.#firstAfter(range.start), range.start, range.end);
      return undefined;
    });
  }

  /** Joins two adjacent claims of this thread. Does nothing if they are not adjacent. */
  join(first: AddressRange, second: AddressRange): void {
    this.#locked(() => {
      const fields = this.#fields;
      const at = this.#firstAfter(first.start);
      const next = at + 1;
      if (next >= this.#words[COUNT]! || first.end !== second.start) return;
      const own = [at, next].every((claim) => fields[claim * FIELDS + OWNER] === this.#thread.id);
      if (!own || fields[at * FIELDS] !== first.start || fields[next * FIELDS] !== second.start) return;
      // In this order: a thread that is terminated in between leaves one claim too many, not one too few.
      fields[at * FIELDS + 1] = second.end;
      this.#remove(next);
    });
  }

  /** Ends a claim of this thread. Does nothing if this thread has no claim that begins there. */
  release({ start }: Pick<AddressRange, 'start'>): void {
    this.#locked(() => {
      const at = this.#firstAfter(start);
      if (at >= this.#words[COUNT]! || this.#fields[at * FIELDS] !== start) return;
      if (this.#fields[at * FIELDS + OWNER] === this.#thread.id) this.#remove(at);
    });
  }

  /** The first claim that overlaps a range. Removes claims of threads that have ended. */
  #claimIn({ start, end }: AddressRange, abandoned: AddressRange[] | undefined): Claim | undefined {
    const fields = this.#fields;
    const at = this.#firstAfter(start);
    while (at < this.#words[COUNT]! && fields[at * FIELDS]! < end) {
      const thread = fields[at * FIELDS + OWNER]!;
      if (this.#isAlive(thread)) return { start: fields[at * FIELDS]!, thread };
      const [from, to] = [fields[at * FIELDS]!, fields[at * FIELDS + 1]!];
      abandoned?.push({ start: Math.max(start, from), end: Math.min(end, to) });
      this.#remove(at);
    }
    return undefined;
  }

  #removeDead(): void {
    for (let at = this.#words[COUNT]! - 1; at >= 0; at--) {
      if (!this.#isAlive(this.#fields[at * FIELDS + OWNER]!)) this.#remove(at);
    }
  }

  #isAlive(thread: number): boolean {
    return thread === this.#thread.id || this.#thread.isAlive(thread);
  }

  /** Index of the first claim that ends after an address. */
  #firstAfter(address: number): number {
    const fields = this.#fields;
    let low = 0;
    let high = this.#words[COUNT]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (fields[middle * FIELDS + 1]! > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #insert(at: number, start: number, end: number): void {
    const fields = this.#fields;
    const from = at * FIELDS;
    const count = this.#words[COUNT]!;
    fields.copyWithin(from + FIELDS, from, count * FIELDS);
    fields[from] = start;
    fields[from + 1] = end;
    fields[from + OWNER] = this.#thread.id;
    this.#words[COUNT] = count + 1;
  }

  #remove(at: number): void {
    const count = this.#words[COUNT]!;
    this.#fields.copyWithin(at * FIELDS, (at + 1) * FIELDS, count * FIELDS);
    this.#words[COUNT] = count - 1;
  }

  #locked<T>(change: () => T): T {
    const words = this.#words;
    const { id } = this.#thread;
    for (let tries = 1; ; tries++) {
      const holder = Atomics.compareExchange(words, LOCK, 0, id);
      if (holder === 0) break;
      // If the holder is this thread's number, a thread that has ended had the same number before.
      if (holder !== id && (tries % TRIES !== 0 || this.#isAlive(holder))) continue;
      if (Atomics.compareExchange(words, LOCK, holder, id) === holder) break;
    }
    try {
      return change();
    } finally {
      Atomics.store(words, LOCK, 0);
    }
  }
}

let claims: Claims | undefined;

/** The claims of this process. The first call is made when a ferry is opened, so that the memory exists later. */
export function processClaims(): Claims {
  if (claims === undefined) {
    const memory = processMemory(HEADER_BYTES + MAX_CLAIMS * CLAIM_BYTES);
    claims = new Claims(memory ?? new ArrayBuffer(HEADER_BYTES + MAX_OWN_CLAIMS * CLAIM_BYTES), thisThread());
  }
  return claims;
}
