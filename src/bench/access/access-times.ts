/** Words of a cache line. */
export const LINE_WORDS = 16;

/** Nanoseconds of an access, each to another cache line. */
export interface AccessTimes {
  /** Random reads. Each contains the place of the next. */
  readonly dependentNs: number;
  /** Random reads that do not wait for each other. */
  readonly independentNs: number;
  /** One cache line after the other. */
  readonly sequentialNs: number;
  /** Atomics.add at random places. */
  readonly addNs: number;
}

export const ACCESS_KINDS = ['dependent', 'independent', 'sequential', 'add'] as const;
export type AccessKindName = (typeof ACCESS_KINDS)[number];

/** Untimed accesses of each kind, in which the code is compiled. */
const WARM_ACCESSES = 200_000;

/** Times accesses to memory that `fillChase` has filled, and does not change it. */
export class AccessMeter {
  readonly #words: Int32Array;
  /** The place at which the chase continues, in lines that are not in a cache. */
  #at = 0;
  #seed = 1;
  /** The sum of all reads, so that the compiler keeps them. */
  #sum = 0;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  /** @param accesses Of each kind. */
  measure(accesses: number): AccessTimes {
    this.#pass(Math.min(accesses, WARM_ACCESSES));
    return this.#pass(accesses);
  }

  /** Depends on every read. */
  get sum(): number {
    return this.#sum;
  }

  #pass(accesses: number): AccessTimes {
    const words = this.#words;
    const seed = ++this.#seed;
    const half = Math.ceil(accesses / 2);
    return {
      dependentNs: timePer(accesses, () => {
        this.#at = chase(words, this.#at, accesses);
        this.#sum += this.#at;
      }),
      independentNs: timePer(accesses, () => {
        this.#sum += readAnywhere(words, seed, accesses);
      }),
      sequentialNs: timePer(accesses, () => {
        this.#sum += readInOrder(words, accesses);
      }),
      // The second half subtracts what the first half adds.
      addNs: timePer(2 * half, () => {
        addAnywhere(words, seed, half, 1);
        addAnywhere(words, seed, half, -1);
      }),
    };
  }
}

function timePer(accesses: number, work: () => void): number {
  const started = performance.now();
  work();
  return ((performance.now() - started) * 1e6) / accesses;
}

function chase(words: Int32Array, from: number, accesses: number): number {
  let at = from;
  for (let i = 0; i < accesses; i++) at = words[at]!;
  return at;
}

function readAnywhere(words: Int32Array, seed: number, accesses: number): number {
  const lines = words.length / LINE_WORDS;
  let x = Math.imul(seed, 0x9e3779b1) | 1;
  let sum = 0;
  for (let i = 0; i < accesses; i++) {
    x = scrambled(x);
    sum = (sum + words[lineOf(x, lines) * LINE_WORDS]!) | 0;
  }
  return sum;
}

function readInOrder(words: Int32Array, accesses: number): number {
  let sum = 0;
  let left = accesses;
  while (left > 0) {
    const end = Math.min(words.length, left * LINE_WORDS);
    for (let i = 0; i < end; i += LINE_WORDS) sum = (sum + words[i]!) | 0;
    left -= end / LINE_WORDS;
  }
  return sum;
}

/** Adds to the second word of random lines. */
function addAnywhere(words: Int32Array, seed: number, accesses: number, value: number): void {
  const lines = words.length / LINE_WORDS;
  let x = Math.imul(seed, 0x9e3779b1) | 1;
  for (let i = 0; i < accesses; i++) {
    x = scrambled(x);
    Atomics.add(words, lineOf(x, lines) * LINE_WORDS + 1, value);
  }
}

/** The next 32-bit number of a sequence without 0 (xorshift). It takes a few cycles, a read hundreds. */
function scrambled(x: number): number {
  let next = x ^ (x << 13);
  next ^= next >>> 17;
  return next ^ (next << 5);
}

function lineOf(x: number, lines: number): number {
  return Math.floor(((x >>> 0) / 2 ** 32) * lines);
}
