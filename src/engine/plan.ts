import type { CopyMode } from '../mm/copy-mode.js';
import type { HugePages } from '../mm/huge-pages.js';
import type { MovePlan } from '../mm/pipeline/batch-slot.js';

/** How the pages of a job are moved, whichever they are. */
export interface JobPlan extends MovePlan {
  /** Whether to take short gaps between folios along: see folio-cutter.ts. */
  readonly moveGaps: boolean;
  readonly copyMode: CopyMode;
  /** See huge-pages.ts. Undefined: folios are of the region's size, whatever maps them. */
  readonly hugePages: HugePages | undefined;
}

/**
 * A migration of a range, from its checked options to the pipeline. It is made once, on the caller's thread; the migration
 * thread gets it as it is, or by a record in shared memory.
 */
export interface MigratePlan extends JobPlan {
  readonly region: number;
  /** Index of the first page of the region, and of the first page after the last. */
  readonly from: number;
  readonly to: number;
  readonly hugePages: HugePages;
}

/** One call of move_pages(2). */
export interface MovePagesPlan {
  readonly region: number;
  /** Index of each page among the region's pages, or -1 for an offset outside of them. */
  readonly pages: Int32Array;
  /** Index of the target node of each page; null only queries. */
  readonly nodes: Int32Array | null;
  /** Whether to end the sharing of pages that another process still maps (MPOL_MF_MOVE_ALL). */
  readonly moveAll: boolean;
  readonly batchPages: number;
}
