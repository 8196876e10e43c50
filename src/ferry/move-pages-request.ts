import { checkBatchBytes, checkBoolean, nodeIndex, readOptions } from '../common/check-options.js';
import { readSafely } from '../common/check-plain.js';
import { describe } from '../common/describe-value.js';
import { invalidArgument, MigrationError } from '../common/migration-error.js';
import { PAGE_SIZE, PMD_SIZE } from '../common/page.js';
import type { MovePagesPlan } from '../engine/plan.js';

/**
 * Options of {@link Region.movePages}.
 *
 * @see {@link Region.movePages} for an example
 */
export interface MovePagesOptions {
  /**
   * Also move pages that another process maps (MPOL_MF_MOVE_ALL). Without it they give -EACCES.
   *
   * @defaultValue false
   */
  readonly moveAll?: boolean;
  /**
   * Maximum bytes that are unmapped together: a multiple of 4096, up to the ferry's own limit. 4096 moves one
   * folio at a time.
   *
   * @defaultValue 2 MiB
   */
  readonly batchBytes?: number;
}

const OPERATION = 'movePages';
/** The kernel's NR_MAX_BATCHED_MIGRATION. Larger batches are not faster for single pages. */
const DEFAULT_BATCH_BYTES = PMD_SIZE;
/** Pages of one call, at most: 256 GiB of 4 KiB pages. */
const MAX_PAGES = 2 ** 26;

interface MovableRegion {
  readonly id: number;
  /** Index of the page that holds a byte, or -1 if it cannot be migrated. */
  pageIndexAt(offset: number): number;
}

/**
 * Checks the arguments of `region.movePages`. @throws MigrationError EINVAL or ENODEV, with the bad argument's name.
 */
export function movePagesRequest(
  region: MovableRegion,
  offsets: ArrayLike<number>,
  nodes: ArrayLike<number> | null,
  options: MovePagesOptions,
  ferry: { readonly nodeIds: readonly number[]; readonly batchBytes: number },
): MovePagesPlan {
  const given = readOptions(OPERATION, options, ['moveAll', 'batchBytes']);
  const { moveAll = false, batchBytes = Math.min(DEFAULT_BATCH_BYTES, ferry.batchBytes) } = given;
  checkBatchBytes(OPERATION, batchBytes, ferry.batchBytes);
  checkBoolean(OPERATION, 'options.moveAll', moveAll);
  const length = lengthOf('offsets', offsets);
  if (!isLength(length)) {
    const rule = `must be an array or typed array of up to ${MAX_PAGES} byte offsets`;
    throw invalidArgument(OPERATION, 'offsets', `${rule}, not ${describe(offsets)}`);
  }
  if (nodes !== null && lengthOf('nodes', nodes) !== length) {
    throw invalidArgument(
      OPERATION,
      'nodes',
      `must be null, or an array or typed array of ${length} node ids`,
    );
  }
  const pages = indices(length);
  const targets = nodes === null ? null : indices(length);
  for (let i = 0; i < length; i++) {
    const offset = readSafely(OPERATION, `offsets[${i}]`, () => offsets[i]!);
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw invalidArgument(OPERATION, `offsets[${i}]`, `must be a byte offset, not ${describe(offset)}`);
    }
    pages[i] = region.pageIndexAt(offset);
    if (targets === null) continue;
    const node = readSafely(OPERATION, `nodes[${i}]`, () => nodes![i]!);
    targets[i] = nodeIndex(OPERATION, `nodes[${i}]`, node, ferry.nodeIds);
  }
  const batchPages = batchBytes / PAGE_SIZE;
  return { region: region.id, pages, nodes: targets, moveAll, batchPages };
}

/** Undefined for a string or a function: they have a length too, but no elements that are numbers. */
function lengthOf(argument: string, list: ArrayLike<number>): unknown {
  return typeof list === 'object' ? readSafely(OPERATION, argument, () => list?.length) : undefined;
}

function isLength(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_PAGES;
}

function indices(length: number): Int32Array {
  try {
    return new Int32Array(length);
  } catch (cause) {
    throw new MigrationError('ENOMEM', `offsets: failed to allocate a list of ${length} pages`, {
      operation: OPERATION,
      argument: 'offsets',
      cause,
    });
  }
}
