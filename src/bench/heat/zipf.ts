import type { RandomStream } from '../../common/random.js';

/** The probability of each of `count` ranks, the most frequent first: proportional to 1 / (rank + 1) ** exponent. */
export function zipfShares(count: number, exponent: number): Float64Array {
  const shares = Float64Array.from({ length: count }, (_, rank) => (rank + 1) ** -exponent);
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

/**
 * Draws ranks with given probabilities, in the same time for each: the alias method (M. D. Vose, "A linear algorithm for
 * generating random numbers with a given distribution", IEEE TSE 17(9), 1991).
 */
export class WeightedRanks {
  readonly count: number;
  /** A column keeps its own rank for random numbers below this, of 2^32, and otherwise gives its alias. */
  readonly #own: Float64Array;
  readonly #alias: Uint32Array;

  /** @param shares Sum up to 1. */
  constructor(shares: Float64Array) {
    const { length } = shares;
    this.count = length;
    this.#own = new Float64Array(length).fill(2 ** 32);
    this.#alias = Uint32Array.from({ length }, (_, rank) => rank);
    const scaled = shares.map((share) => share * length);
    const small: number[] = [];
    const large: number[] = [];
    for (let rank = 0; rank < length; rank++) (scaled[rank]! < 1 ? small : large).push(rank);
    while (small.length > 0 && large.length > 0) {
      const [less, more] = [small.pop()!, large.pop()!];
      this.#own[less] = scaled[less]! * 2 ** 32;
      this.#alias[less] = more;
      scaled[more] = scaled[more]! + scaled[less]! - 1;
      (scaled[more]! < 1 ? small : large).push(more);
    }
  }

  /** A rank from 0 to `count` - 1. */
  draw(random: RandomStream): number {
    const column = random.below(this.count);
    return random.next() < this.#own[column]! ? column : this.#alias[column]!;
  }
}
