import { type Random, seededRandom } from '../../src/common/random.js';

/** The random numbers of one actor: a function of the seed and its name, whatever the others do meanwhile. */
export function streamOf(seed: number, actor: string): Random {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const character of actor) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return seededRandom(Math.imul(hash, 0x9e3779b1) ^ seed);
}

/** One of several. */
export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random(choices.length)]!;
}

/** True once in `n` times. */
export function oneIn(random: Random, n: number): boolean {
  return random(n) === 0;
}

/** An integer in [least, most]. */
export function between(random: Random, min: number, max: number): number {
  return min + random(max - min + 1);
}
