/** Pseudorandom numbers, the same for the same seed (splitmix32). */
export class RandomStream {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** An integer from 0 to 2^32 - 1. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }

  /** An integer from 0 to `bound` - 1. */
  below(bound: number): number {
    return Math.floor((this.next() / 2 ** 32) * bound);
  }
}

/** Random integers in [0, bound), the same for the same seed. */
export type Random = (bound: number) => number;

export function seededRandom(seed: number): Random {
  const stream = new RandomStream(seed);
  return (bound) => stream.below(bound);
}

/** `count` different integers of [0, population), in random order. */
export function sample(random: Random, population: number, count: number): Int32Array {
  const all = Int32Array.from({ length: population }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + random(population - i);
    const picked = all[j]!;
    all[j] = all[i]!;
    all[i] = picked;
  }
  return all.slice(0, count);
}
