import { PMD_SIZE } from '../../common/page.js';
import { formatSize } from '../../common/size.js';
import type { MoveLayout } from './options.js';
import type { PatternedMemory } from './patterned-memory.js';

/** Less than this share on huge pages, and the 2M rows are not about huge pages. */
const ENOUGH_HUGE = 0.9;

/** What a reader must know when the memory is not on pages of the size that its rows say. */
export function pageSizeNote(
  memory: PatternedMemory,
  folioSize: number,
  layout: MoveLayout,
): string | undefined {
  const share = memory.hugeShare();
  const percent = `${Math.round(share * 100)} %`;
  if (folioSize === PMD_SIZE && share < ENOUGH_HUGE) {
    return `only ${percent} of the memory of the 2M rows was on huge pages (see pageferry doctor)`;
  }
  if (folioSize < PMD_SIZE && share > 1 - ENOUGH_HUGE && layout === 'contiguous') {
    return `${percent} of the memory of the ${formatSize(folioSize)} rows was on huge pages`;
  }
  return undefined;
}
