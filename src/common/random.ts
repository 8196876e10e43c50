/** Random integers in [0, bound), the same for the same seed (mulberry32: small, and good enough to pick places). */
export type Random = (bound: number) => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
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
