/** The content of word `i`. It differs from word to word, and is not zero, as the words of a lost page are. */
export function patternOf(i: number, seed: number): number {
  return Math.imul(i ^ seed, 0x9e3779b1) | 1;
}

export function fillPattern(words: Int32Array, seed: number, from = 0, to = words.length): void {
  for (let i = from; i < to; i++) words[i] = patternOf(i, seed);
}

/** Index of the first word that has changed since it was filled, or -1. */
export function firstDamaged(words: Int32Array, seed: number, from = 0, to = words.length): number {
  for (let i = from; i < to; i++) if (words[i] !== patternOf(i, seed)) return i;
  return -1;
}
