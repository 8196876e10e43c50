/**
 * What every word of a benchmark's memory holds: it differs from word to word, so that a page in the wrong
 * place is noticed, and is never zero, so that a page which was lost (and reads as zeros) is too.
 */
export function fillPattern(words: Int32Array, seed: number, from = 0, to = words.length): void {
  for (let i = from; i < to; i++) words[i] = Math.imul(i ^ seed, 0x9e3779b1) | 1;
}

/** Index of the first word that is not as it was filled, or -1. */
export function firstDamaged(words: Int32Array, seed: number, from = 0, to = words.length): number {
  for (let i = from; i < to; i++) {
    if (words[i] !== (Math.imul(i ^ seed, 0x9e3779b1) | 1)) return i;
  }
  return -1;
}
