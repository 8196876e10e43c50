import { MigrationError } from '../../common/migration-error.js';
import { formatSize } from '../../common/size.js';
import type { Check } from './check.js';
import { moveThereAndBack } from './there-and-back.js';

const BYTES = 8 * 2 ** 20;
const SEED = 1;

/** The proof: moves a few megabytes there and back, and looks at every byte. */
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
