import { fillPattern, firstDamaged } from '../../bench/harness/pattern.js';
import type { MigrateResult } from '../../ferry/migrate-options.js';
import { openFerry } from '../../ferry/open-ferry.js';

export interface ThereAndBack {
  /** Of each migration that was run. */
  readonly results: readonly MigrateResult[];
  /** Whether each byte was what it had been, after each of them. */
  readonly intact: boolean;
  readonly tablesMoved: number;
}

/** Moves memory of a ferry of its own to the second node and back to the first. Ends when content was lost. */
export async function moveThereAndBack(bytes: number, seed: number): Promise<ThereAndBack> {
  const ferry = await openFerry();
  try {
    const region = ferry.allocate(bytes);
    const words = new Int32Array(region.buffer);
    fillPattern(words, seed);
    const [here, there] = ferry.nodeIds as [number, number];
    const results: MigrateResult[] = [];
    let intact = true;
    for (const to of [there, here]) {
      if (!intact) break;
      results.push(await region.migrate({ to }));
      intact = firstDamaged(words, seed) < 0;
    }
    return { results, intact, tablesMoved: ferry.stats().tables_moved };
  } finally {
    await ferry.close();
  }
}
