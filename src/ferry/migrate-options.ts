import { checkBatchBytes, checkInteger, checkWord, nodeIndex, readOptions } from '../common/check-options.js';
import { checkSignal } from '../common/check-signal.js';
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

/**
 * Progress of a migration so far.
 *
 * @see {@link Region.migrate} for an example
 */
export interface MigrateProgress {
  /** Folios that have moved. */
  readonly foliosMoved: number;
  /** Folios that have failed. */
  readonly foliosFailed: number;
  /** Bytes that have moved. */
  readonly bytesMoved: number;
  /** Bytes of the requested range, including pages that are on the target already. */
  readonly bytesTotal: number;
}

/**
 * Options of {@link Region.migrate}.
 *
 * @see {@link Region.migrate} for an example
 */
export interface MigrateOptions {
  /** Id of the node to move to. */
  readonly to: number;
  /**
   * The reason of the migration, by the kernel's names (enum migrate_reason). It decides whether batches are offloaded.
   *
   * @defaultValue `'syscall'`
   */
  readonly reason?: MigrateReason;
  /**
   * How hard to try: see {@link MIGRATE_MODES}.
   *
   * @defaultValue `'sync'`
   */
  readonly mode?: MigrateMode;
  /**
   * Bytes from the start of the region's memory. Neither `offset` nor `length` need be aligned. Every page that holds a
   * byte of the range moves. (A buffer itself begins within a page.)
   *
   * @defaultValue 0
   */
  readonly offset?: number;
  /**
   * Bytes of the range.
   *
   * @defaultValue to the end of the memory
   */
  readonly length?: number;
  /**
   * Maximum bytes that are unmapped together: a multiple of 4096, up to the ferry's own limit. 4096 moves one folio at
   * a time. A thread that touches a page in flight waits for its batch, so larger batches mean longer waits and less
   * overhead.
   *
   * @defaultValue the option of `openFerry`. Without it, 32 MiB with `write-protected` or `promote`, else 8 MiB
   */
  readonly batchBytes?: number;
  /**
   * Treatment of pages that are on the target already. `skip`: they are not touched. `move`: short gaps of such pages
   * between two folios move along, because that is faster than skipping them. The result counts them separately.
   *
   * @defaultValue `'skip'`
   */
  readonly gaps?: 'skip' | 'move';
  /**
   * How pages are copied. `exclusive`: the pages of a batch are unmapped while they are copied, and threads that touch
   * them wait, as in the kernel. `write-protected`: they are write-protected while they are copied, and readers
   * continue. Then they are remapped, a few at a time, and readers wait only for that step. Writers to a batch wait in
   * both modes.
   *
   * @defaultValue `'exclusive'`
   * @throws {@link MigrationError} EOPNOTSUPP for `write-protected`, if {@link FerryCapabilities.writeProtection} is
   * false
   */
  readonly copyMode?: CopyMode;
  /**
   * Treatment of huge pages (2 MiB). `keep`: a huge page arrives as one. A region whose folios are 2 MiB is promoted,
   * too. `promote`: the parts of the range that 2 MiB pages can hold arrive on them. Parts that were never touched are
   * filled with zeros. `to` may be the node that the memory is on. `split`: everything arrives on small pages, and the
   * kernel makes no huge pages there (MADV_NOHUGEPAGE).
   *
   * @defaultValue `'keep'`
   */
  readonly hugePages?: HugePages;
  /** Stops the migration between batches. */
  readonly signal?: AbortSignal;
  /** Called about ten times a second, and once at the end. If it throws, that becomes a process warning, once. */
  readonly onProgress?: (progress: MigrateProgress) => void;
}

/**
 * A migration that was stopped by its AbortSignal. Every folio has either moved or stayed: `result` has the counts.
 * `cause` is the signal's reason.
 *
 * @example
 * ```ts
 * import { MigrationAbortedError } from 'pageferry';
 *
 * try {
 *   await region.migrate({ to: 1, signal: AbortSignal.abort() });
 * } catch (error) {
 *   if (error instanceof MigrationAbortedError) console.log(error.result.bytesMoved);
 * }
 * ```
 */
export class MigrationAbortedError extends MigrationError {
  /** The name of Node's own abort errors. */
  declare readonly name: 'AbortError';
  /** The code of Node's own abort errors. */
  declare readonly code: 'ABORT_ERR';
  /** The result up to the abort. */
  readonly result: MigrateResult;

  /** Thrown by {@link Region.migrate}. */
  constructor(result: MigrateResult, cause: unknown) {
    super('ABORT_ERR', 'aborted by options.signal', {
      operation: 'migrate',
      argument: 'options.signal',
      cause,
    });
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

/** The checked options of a migration. */
export interface PlannedMigration {
  /** `from` and `to` are filled in before each try, when the place of the memory is known. */
  readonly plan: MigratePlan & { from: number; to: number };
  /** Bytes from the start of the region's memory. */
  readonly offset: number;
  readonly length: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: MigrateOptions['onProgress'];
}

export interface BatchLimits {
  /** Maximum bytes of a batch. */
  readonly batchBytes: number;
  /** Bytes of a batch if a migration does not choose them. Undefined unless `openFerry` was given a number. */
  readonly defaultBatch?: number | undefined;
}

/**
 * Default bytes of a batch (docs/performance.md, "Batch size"). A thread that touches an exclusive batch waits for all
 * of it. Readers of a write-protected batch do not, so it can be larger.
 */
const EXCLUSIVE_BATCH_BYTES = 8 * 2 ** 20;
const LONG_BATCH_BYTES = 32 * 2 ** 20;

function defaultBatch(limits: BatchLimits, copyMode: CopyMode, hugePages: HugePages): number {
  const long = copyMode === 'write-protected' || hugePages === 'promote';
  const batch = limits.defaultBatch ?? (long ? LONG_BATCH_BYTES : EXCLUSIVE_BATCH_BYTES);
  return Math.min(limits.batchBytes, batch);
}

/** Checks the options of a migration. @throws MigrationError EINVAL or ENODEV, with the name of the bad option. */
export function planMigration(
  options: MigrateOptions,
  region: number,
  bytes: number,
  nodeIds: readonly number[],
  limits: BatchLimits,
): PlannedMigration {
  const given = readOptions(OPERATION, options, KNOWN, 'unknown option of migrate');
  const { reason = 'syscall', mode = 'sync', offset = 0 } = given;
  if (!MIGRATE_REASONS.includes(reason)) {
    throw invalidArgument(
      OPERATION,
      'options.reason',
      `unknown reason ${describe(reason)}`,
      `Known: ${MIGRATE_REASONS.join(', ')}.`,
    );
  }
  if (!MIGRATE_MODES.includes(mode)) {
    throw invalidArgument(
      OPERATION,
      'options.mode',
      `unknown mode ${describe(mode)}`,
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
  checkSignal(OPERATION, 'options.signal', signal);
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidArgument(OPERATION, 'options.onProgress', `must be a function, not ${describe(onProgress)}`);
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
