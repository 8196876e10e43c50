import { seededRandom } from '../../common/random.js';
import { patternOf } from '../harness/pattern.js';
import { LINE_WORDS } from './access-times.js';

/** For each of `count` places the place after it, in one random cycle through all of them (Sattolo's shuffle). */
export function chaseLinks(count: number, seed: number): Int32Array {
  const random = seededRandom(seed);
  const next = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random(i);
    const place = next[i]!;
    next[i] = next[j]!;
    next[j] = place;
  }
  return next;
}

/** Writes the place of the next line into the first word of every cache line, and a pattern into the others. */
export function fillChase(words: Int32Array, links: Int32Array, seed: number): void {
  for (let line = 0; line < links.length; line++) {
    const from = line * LINE_WORDS;
    words[from] = links[line]! * LINE_WORDS;
    for (let i = from + 1; i < from + LINE_WORDS; i++) words[i] = patternOf(i, seed);
  }
}

/** Words that have changed since `fillChase`. */
export function damagedWords(words: Int32Array, links: Int32Array, seed: number): number {
  let damaged = 0;
  for (let line = 0; line < links.length; line++) {
    const from = line * LINE_WORDS;
    if (words[from] !== links[line]! * LINE_WORDS) damaged++;
    for (let i = from + 1; i < from + LINE_WORDS; i++) if (words[i] !== patternOf(i, seed)) damaged++;
  }
  return damaged;
}
