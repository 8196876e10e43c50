import type { CopyMode } from '../mm/copy-mode.js';
import type { HugePages } from '../mm/huge-pages.js';
import type { MovePlan } from '../mm/pipeline/batch-slot.js';

/** How the pages of a job move. */
export interface JobPlan extends MovePlan {
  /** Whether short gaps between folios move along: see folio-cutter.ts. */
  readonly moveGaps: boolean;
  readonly copyMode: CopyMode;
  /** See huge-pages.ts. Undefined: folios have the region's size, whatever maps them. */
  readonly hugePages: HugePages | undefined;
}

/**
 * A migration of a range, from its checked options to the pipeline. The caller's thread makes it once. The migration thread
 * gets it unchanged, or by a record in shared memory.
 */
export interface MigratePlan extends JobPlan {
  readonly region: number;
  /** Indices of the first page of the range and of the first page after it. */
  readonly from: number;
  readonly to: number;
  readonly hugePages: HugePages;
}

/** One call of move_pages(2). */
export interface MovePagesPlan {
  readonly region: number;
  /** Index of each page in the region, or -1 for an offset outside the region. */
  readonly pages: Int32Array;
  /** Index of the target node of each page. null only queries. */
  readonly nodes: Int32Array | null;
  /** Whether to unshare pages that another process still maps (MPOL_MF_MOVE_ALL). */
  readonly moveAll: boolean;
  readonly batchPages: number;
}
