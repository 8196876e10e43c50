import { checkBatchBytes, checkInteger, checkWord, nodeIndex, readOptions } from '../common/check-options.js';
import { describe } from '../common/describe-value.js';
import { invalidArgument, MigrationError } from '../common/migration-error.js';
import { PAGE_SIZE } from '../common/page.js';
import type { MigrateResult } from '../engine/migrate-result.js';
import type { MigratePlan } from '../engine/plan.js';
import { COPY_MODES, type CopyMode } from '../mm/copy-mode.js';
import { HUGE_PAGES, type HugePages } from '../mm/huge-pages.js';
import { MIGRATE_MODES, type MigrateMode } from '../mm/mode.js';
import { MIGRATE_REASONS, type MigrateReason } from '../mm/reason.js';

export type { MigrateFailure, MigrateResult } from '../engine/migrate-result.js';

/** How far a migration has come. */
export interface MigrateProgress {
  readonly foliosMoved: number;
  readonly foliosFailed: number;
  readonly bytesMoved: number;
  /** Bytes of the range asked for, what is on the target already included. */
  readonly bytesTotal: number;
}

export interface MigrateOptions {
  /** Id of the node to move to. */
  readonly to: number;
  /** Why (the kernel's migrate_reason); decides whether batches are offloaded. Default `syscall`. */
  readonly reason?: MigrateReason;
  /** How hard to try. Default `sync`. */
  readonly mode?: MigrateMode;
  /**
   * Bytes from the start of the region's memory. Default 0. Neither `offset` nor `length` need be aligned: the range is
   * rounded outwards, so that every page with a byte in it moves. (A buffer itself begins within a page.)
   */
  readonly offset?: number;
  /** Bytes. Default: to the end. */
  readonly length?: number;
  /**
   * Bytes that are unmapped together at most: a multiple of 4096, up to the ferry's own limit. 4096: one folio at a time. A thread that
   * touches a page in flight waits for its batch, so larger batches mean longer waits, and less overhead. Default: what the
   * ferry was opened with; else 8 MiB, and 32 MiB with `copyMode: 'write-protected'`, whose readers do
   * not wait for it, and with `hugePages: 'promote'`.
   */
  readonly batchBytes?: number;
  /**
   * `skip` (default): what lies on the target already stays untouched. `move`: short gaps of such pages between two
   * folios move along, because that is faster than stepping over them; the result says what was moved besides.
   */
  readonly gaps?: 'skip' | 'move';
  /**
   * `exclusive` (default): the pages of a batch are out while they are copied, and whoever touches them waits (unmap, copy,
   * map: the kernel's way). `write-protected`: they are write-protected while they are copied and their readers go on;
   * then they are cut over, a few at a time, and only for that moment readers wait, too. Writers to a batch wait in either.
   */
  readonly copyMode?: CopyMode;
  /**
   * What becomes of huge pages (2 MiB). `keep` (default): what one maps arrives mapped by one. `promote`: all of the range
   * that 2 MiB pages can hold arrives on them, and what of it was only partly touched is filled up with zeros; `to` may be
   * the node that it is on. `split`: nothing arrives on them, and the kernel is told to make none there (MADV_NOHUGEPAGE). A region whose folios are 2 MiB is promoted by `keep`, too.
   */
  readonly hugePages?: HugePages;
  /** Stops the migration between batches. */
  readonly signal?: AbortSignal;
  /** Called about ten times a second, and once at the end. What it throws becomes a process warning. */
  readonly onProgress?: (progress: MigrateProgress) => void;
}

/** A migration that was stopped by its AbortSignal. Nothing is half-moved: `result` says how far it came. */
export class MigrationAbortedError extends MigrationError {
  override readonly name = 'AbortError';
  readonly result: MigrateResult;

  constructor(result: MigrateResult, cause: unknown) {
    super('ECANCELED', 'stopped by its signal', { operation: 'migrate', argument: 'options.signal', cause });
    this.result = result;
  }
}

const OPERATION = 'migrate';
const KNOWN = [
  'to',
  'reason',
  'mode',
  'offset',
  'length',
  'batchBytes',
  'gaps',
  'copyMode',
  'hugePages',
  'signal',
  'onProgress',
] as const;

/** A migration that was asked for, as checked. */
export interface PlannedMigration {
  /** Its range is still to be filled in, each time that it is known where the memory is. */
  readonly plan: MigratePlan & { from: number; to: number };
  /** Bytes, from the start of the region's memory. */
  readonly offset: number;
  readonly length: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: MigrateOptions['onProgress'];
}

/** Bytes of the batches of a ferry's migrations. */
export interface BatchLimits {
  /** At most. */
  readonly batchBytes: number;
  /** Of a migration that says nothing, where the ferry was opened with a number. */
  readonly defaultBatch?: number | undefined;
}

/**
 * Bytes of a batch, where no option says how many (docs/performance.md, "Batches"): who waits for an exclusive batch waits
 * for all of it; the readers of a write-protected batch do not wait for it.
 */
const EXCLUSIVE_BATCH_BYTES = 8 * 2 ** 20;
const LONG_BATCH_BYTES = 32 * 2 ** 20;

function defaultBatch(limits: BatchLimits, copyMode: CopyMode, hugePages: HugePages): number {
  const long = copyMode === 'write-protected' || hugePages === 'promote';
  const batch = limits.defaultBatch ?? (long ? LONG_BATCH_BYTES : EXCLUSIVE_BATCH_BYTES);
  return Math.min(limits.batchBytes, batch);
}

/** Checks the options of a region's migration. @throws MigrationError EINVAL or ENODEV naming the option that is wrong. */
export function planMigration(
  options: MigrateOptions,
  region: number,
  bytes: number,
  nodeIds: readonly number[],
  limits: BatchLimits,
): PlannedMigration {
  const given = readOptions(OPERATION, options, KNOWN, 'no option of migrate');
  const { reason = 'syscall', mode = 'sync', offset = 0 } = given;
  if (!MIGRATE_REASONS.includes(reason)) {
    throw invalidArgument(
      OPERATION,
      'options.reason',
      `'${describe(reason)}' is no reason`,
      `Known: ${MIGRATE_REASONS.join(', ')}.`,
    );
  }
  if (!MIGRATE_MODES.includes(mode)) {
    throw invalidArgument(
      OPERATION,
      'options.mode',
      `'${describe(mode)}' is no mode`,
      `Known: ${MIGRATE_MODES.join(', ')}.`,
    );
  }
  checkInteger(OPERATION, 'options.offset', offset, 0, bytes);
  const { length = bytes - offset } = given;
  checkInteger(OPERATION, 'options.length', length, 0, bytes - offset);
  const { gaps = 'skip', signal, onProgress } = given;
  const { copyMode = 'exclusive', hugePages = 'keep' } = given;
  checkWord(OPERATION, 'options.copyMode', copyMode, COPY_MODES);
  checkWord(OPERATION, 'options.hugePages', hugePages, HUGE_PAGES);
  const { batchBytes = defaultBatch(limits, copyMode, hugePages) } = given;
  checkBatchBytes(OPERATION, batchBytes, limits.batchBytes);
  if (signal !== undefined && !isAbortSignal(signal)) {
    throw invalidArgument(OPERATION, 'options.signal', 'must be an AbortSignal');
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidArgument(OPERATION, 'options.onProgress', 'must be a function');
  }
  checkWord(OPERATION, 'options.gaps', gaps, ['skip', 'move']);
  const target = nodeIndex(OPERATION, 'options.to', given.to, nodeIds);
  const plan = {
    region,
    target,
    from: 0,
    to: 0,
    reason,
    mode,
    moveGaps: gaps === 'move',
    copyMode,
    hugePages,
    batchPages: batchBytes / PAGE_SIZE,
  };
  return { plan, offset, length, signal, onProgress };
}

const isAborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')?.get;

/** Whether it really is one: what only inherits from AbortSignal throws when it is used, with pages under way. */
function isAbortSignal(value: unknown): value is AbortSignal {
  try {
    return typeof isAborted?.call(value) === 'boolean' && value instanceof AbortSignal;
  } catch {
    return false;
  }
}
