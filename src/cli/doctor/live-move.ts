import { fillPattern, firstDamaged } from '../../bench/harness/pattern.js';
import { MigrationError } from '../../common/migration-error.js';
import { formatSize } from '../../common/size.js';
import type { MigrateResult } from '../../ferry/migrate-options.js';
import { openFerry } from '../../ferry/open-ferry.js';
import type { Check } from './check.js';

const BYTES = 8 * 2 ** 20;
const SEED = 1;

/** Moves a few megabytes back and forth, and checks every byte. */
export async function checkLiveMove(): Promise<Check> {
  const id = 'migration';
  try {
    const failed = await whyNot();
    if (failed === undefined) return { id, status: 'ok', found: `moved ${formatSize(BYTES)} back and forth` };
    return {
      id,
      status: 'missing',
      found: 'failed',
      why: failed,
      advice: 'Please report this bug of pageferry or of this kernel.',
    };
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    const advice = error.advice === undefined ? {} : { advice: error.advice };
    return {
      id,
      status: 'missing',
      found: 'not possible',
      why: `${error.problem} (${error.code}).`,
      ...advice,
    };
  }
}

async function whyNot(): Promise<string | undefined> {
  const { results, intact } = await moveThereAndBack(BYTES, SEED);
  for (const { foliosFailed, failures, code } of results) {
    if (foliosFailed > 0) return `${foliosFailed} folios failed to move: ${code ?? failures[0]?.code}.`;
  }
  return intact ? undefined : 'the content changed.';
}

export interface ThereAndBack {
  readonly results: readonly MigrateResult[];
  /** Whether every byte was unchanged after each migration. */
  readonly intact: boolean;
  readonly tablesMoved: number;
}

/** Moves memory of a new ferry to the second node and back. Stops when content was lost. */
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
