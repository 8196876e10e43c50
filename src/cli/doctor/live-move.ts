import { fillPattern, firstDamaged } from '../../bench/pattern.js';
import { formatSize } from '../../bench/size.js';
import { openFerry } from '../../ferry/open-ferry.js';
import { MigrationError } from '../../mm/migration-error.js';
import type { Check } from './check.js';

const BYTES = 8 * 2 ** 20;
const SEED = 1;

/** The proof: moves a few megabytes there and back, and looks at every byte. */
export async function checkLiveMove(): Promise<Check> {
  const id = 'migration';
  try {
    const failed = await moveThereAndBack();
    if (failed === undefined) return { id, status: 'ok', found: `moved ${formatSize(BYTES)} there and back` };
    return {
      id,
      status: 'missing',
      found: 'tried, and failed',
      why: failed,
      advice: 'Please report this: it is a bug of pageferry or of this kernel.',
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

async function moveThereAndBack(): Promise<string | undefined> {
  const ferry = await openFerry();
  try {
    const region = ferry.allocate(BYTES);
    const words = new Int32Array(region.buffer as SharedArrayBuffer);
    fillPattern(words, SEED);
    const [here, there] = ferry.nodeIds as [number, number];
    for (const to of [there, here]) {
      const { foliosFailed, failures, errno } = await region.migrate({ to });
      if (foliosFailed > 0) return `${foliosFailed} folios did not move: ${errno ?? failures[0]?.errno}.`;
      if (firstDamaged(words, SEED) >= 0) return 'the content was not what it had been.';
    }
    return undefined;
  } finally {
    await ferry.close();
  }
}
