import { seededRandom } from '../../common/random.js';

/** For each of `count` places the one after it, in one random cycle through all of them (Sattolo's shuffle). */
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
