import { invalidArgument } from '../mm/migration-error.js';
import { checkOptions } from './check-options.js';
import { PROGRESS_BYTES } from './control.js';
import { nodeIndex } from './migrate-options.js';
import { checkInteger } from './options.js';
import type { MovePagesMessage } from './protocol.js';
import type { Region } from './region.js';

export interface MovePagesOptions {
  /** Also move pages that another process maps (MPOL_MF_MOVE_ALL). Default false: they give -EACCES. */
  readonly moveAll?: boolean;
  /** Base pages of a batch at most, at most the ferry's own. 1: one folio at a time. */
  readonly maxBatchedMigration?: number;
}

const OPERATION = 'movePages';

/** Checks the arguments of `ferry.movePages`. @throws MigrationError EINVAL or ENODEV naming what is wrong. */
export function movePagesRequest(
  region: Region,
  offsets: ArrayLike<number>,
  nodes: ArrayLike<number> | null,
  options: MovePagesOptions,
  ferry: { readonly nodeIds: readonly number[]; readonly maxBatchedMigration: number },
): MovePagesMessage {
  checkOptions(OPERATION, options, ['moveAll', 'maxBatchedMigration']);
  const { maxBatchedMigration = ferry.maxBatchedMigration } = options;
  checkInteger(OPERATION, 'options.maxBatchedMigration', maxBatchedMigration, 1, ferry.maxBatchedMigration);
  if (typeof offsets?.length !== 'number') {
    throw invalidArgument(OPERATION, 'offsets', 'must be a list of byte offsets');
  }
  if (nodes !== null && nodes?.length !== offsets.length) {
    throw invalidArgument(OPERATION, 'nodes', `must be null or a list of ${offsets.length} node ids`);
  }
  const pages = new Int32Array(offsets.length);
  const targets = nodes === null ? null : new Int32Array(offsets.length);
  for (let i = 0; i < offsets.length; i++) {
    const offset = offsets[i]!;
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw invalidArgument(OPERATION, `offsets[${i}]`, `must be a byte offset, not ${String(offset)}`);
    }
    pages[i] = region.pageIndexAt(offset);
    if (targets !== null) targets[i] = nodeIndex(OPERATION, `nodes[${i}]`, nodes![i]!, ferry.nodeIds);
  }
  return {
    region: region.id,
    pages,
    nodes: targets,
    moveAll: options.moveAll === true,
    maxBatchedMigration,
    progress: new SharedArrayBuffer(PROGRESS_BYTES),
  };
}
