import { LINE_WORDS } from './access-times.js';

/**
 * Memory of which the first word of every cache line says which line is next; the others hold a pattern that differs
 * from word to word and is never zero, so that a page which is lost or in the wrong place is noticed.
 */
export function fillChase(words: Int32Array, links: Int32Array, seed: number): void {
  for (let line = 0; line < links.length; line++) {
    const from = line * LINE_WORDS;
    words[from] = links[line]! * LINE_WORDS;
    for (let i = from + 1; i < from + LINE_WORDS; i++) words[i] = patternOf(i, seed);
  }
}

/** Words that are not as `fillChase` has left them. */
export function damagedWords(words: Int32Array, links: Int32Array, seed: number): number {
  let damaged = 0;
  for (let line = 0; line < links.length; line++) {
    const from = line * LINE_WORDS;
    if (words[from] !== links[line]! * LINE_WORDS) damaged++;
    for (let i = from + 1; i < from + LINE_WORDS; i++) if (words[i] !== patternOf(i, seed)) damaged++;
  }
  return damaged;
}

function patternOf(word: number, seed: number): number {
  return Math.imul(word ^ seed, 0x9e3779b1) | 1;
}
