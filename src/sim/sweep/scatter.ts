/** Hash of two words, with every bit depending on every bit of both. */
export function hash32(a: number, b: number): number {
  let z = (Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) + b) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

/** A number from 0 to below 1 that depends on the words only. So cell 10^6 needs none of the cells before it. */
export function partOf(key: number, index: number): number {
  // 53 bits, as a double has.
  const high = hash32(key, index) >>> 5;
  const low = hash32(key ^ 0x2545f491, index) >>> 6;
  return (high * 2 ** 26 + low) / 2 ** 53;
}

const ROUNDS = 6;

/**
 * The place of `index` in a random permutation of [0, count), without a table: a Feistel network over the next power of
 * four. A place beyond the count is permuted again until it is within it, which takes less than four turns on average.
 */
export function permuted(key: number, index: number, count: number): number {
  const half = Math.max(1, Math.ceil(Math.log2(Math.max(2, count)) / 2));
  const mask = 2 ** half - 1;
  let at = index;
  do {
    let left = Math.floor(at / 2 ** half);
    let right = at % 2 ** half;
    for (let round = 0; round < ROUNDS; round++) {
      const mixed = (left ^ hash32(key + round, right)) & mask;
      left = right;
      right = mixed;
    }
    at = left * 2 ** half + right;
  } while (at >= count);
  return at;
}
