import { processMemory } from '../linux/sys/process-memory.js';
import { type ThreadIdentity, thisThread } from '../linux/sys/thread-identity.js';

/** A range of addresses: [start, end). */
export interface AddressRange {
  readonly start: number;
  readonly end: number;
}

const HEADER_BYTES = 64;
// Words of the header.
/** The thread that changes the table, or 0. */
const LOCK = 0;
const COUNT = 1;
/** Doubles of a claim: start, end, thread. */
const FIELDS = 3;
const OWNER = 2;
const CLAIM_BYTES = FIELDS * 8;
/** Claims of a process at most, 6 MiB of addresses. Only what is used of it is memory. */
const MAX_CLAIMS = 2 ** 18;
/** Where the process cannot share a table, each thread has one of its own. */
const MAX_OWN_CLAIMS = 2 ** 16;
/** Tries between two looks at whether the thread that has the lock still runs. */
const TRIES = 1000;

/** Why ranges could not be taken: the claim that is in the way, or undefined when the table is full. */
export interface ClaimRefusal {
  readonly by: Claim | undefined;
}

export interface Claim {
  /** Where the claimed range begins. */
  readonly start: number;
  /** The thread that has it. */
  readonly thread: number;
}

/**
 * Which memory is under management, of all ferries of the process: two engines on one memory would each undo what the
 * other does. By address, because one memory can have several objects (a cloned SharedArrayBuffer, a WebAssembly.Memory and
 * its buffer).
 *
 * A table of ranges in the order of their addresses, in memory that all threads share (process-memory.ts), under a lock.
 * The claims of a thread that has ended count no more: its ferries ended with it.
 *
 * V8 ends a thread only where a function is entered and where a loop turns. So a claim is written in one piece, without
 * a loop and without a call of a function of ours, and a thread that is ended with the lock leaves a whole table.
 */
export class Claims {
  readonly #words: Int32Array;
  readonly #fields: Float64Array;
  readonly #max: number;
  readonly #thread: ThreadIdentity;

  /** @param memory starts as zeros; the same for all threads. */
  constructor(memory: ArrayBuffer, thread: ThreadIdentity) {
    this.#words = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.#fields = new Float64Array(memory, HEADER_BYTES);
    this.#max = Math.floor(this.#fields.length / FIELDS);
    this.#thread = thread;
  }

  get count(): number {
    return Atomics.load(this.#words, COUNT);
  }

  /** Takes ranges, which do not overlap each other: all of them, or none. Returns why not, or undefined. */
  take(ranges: readonly AddressRange[]): ClaimRefusal | undefined {
    return this.#locked(() => {
      for (const range of ranges) {
        const by = this.#claimIn(range);
        if (by !== undefined) return { by };
      }
      if (this.#words[COUNT]! + ranges.length > this.#max) this.#removeDead();
      if (this.#words[COUNT]! + ranges.length > this.#max) return { by: undefined };
      for (const range of ranges) this.#insert(this.#firstAfter(range.start), range.start, range.end);
      return undefined;
    });
  }

  /** Makes one claim of two of this thread's that are neighbours. Does nothing where they are not. */
  join(first: AddressRange, second: AddressRange): void {
    this.#locked(() => {
      const fields = this.#fields;
      const at = this.#firstAfter(first.start);
      const next = at + 1;
      if (next >= this.#words[COUNT]! || first.end !== second.start) return;
      const own = [at, next].every((claim) => fields[claim * FIELDS + OWNER] === this.#thread.id);
      if (!own || fields[at * FIELDS] !== first.start || fields[next * FIELDS] !== second.start) return;
      // First: a thread that is ended in between leaves a claim too many, and none too few.
      fields[at * FIELDS + 1] = second.end;
      this.#remove(next);
    });
  }

  /** Gives a range back that this thread has taken; does nothing for any other. */
  release({ start }: Pick<AddressRange, 'start'>): void {
    this.#locked(() => {
      const at = this.#firstAfter(start);
      if (at >= this.#words[COUNT]! || this.#fields[at * FIELDS] !== start) return;
      if (this.#fields[at * FIELDS + OWNER] === this.#thread.id) this.#remove(at);
    });
  }

  /** The first claim that has a part of a range. Claims of threads that have ended are removed. */
  #claimIn({ start, end }: AddressRange): Claim | undefined {
    const fields = this.#fields;
    const at = this.#firstAfter(start);
    while (at < this.#words[COUNT]! && fields[at * FIELDS]! < end) {
      const thread = fields[at * FIELDS + OWNER]!;
      if (this.#isAlive(thread)) return { start: fields[at * FIELDS]!, thread };
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
      // A thread does not wait for itself: this one has got the number of one that has ended.
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

/** The claims of this process. First called when a ferry is opened, so that what it needs is there later. */
export function processClaims(): Claims {
  if (claims === undefined) {
    const memory = processMemory(HEADER_BYTES + MAX_CLAIMS * CLAIM_BYTES);
    claims = new Claims(memory ?? new ArrayBuffer(HEADER_BYTES + MAX_OWN_CLAIMS * CLAIM_BYTES), thisThread());
  }
  return claims;
}
