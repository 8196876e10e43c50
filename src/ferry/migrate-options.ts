import { checkBatchBytes, checkInteger, checkWord, nodeIndex, readOptions } from '../common/check-options.js';
import { describe } from '../common/describe-value.js';
import { invalidArgument, MigrationError } from '../common/migration-error.js';
import { COPY_MODES, type CopyMode } from '../mm/copy-mode.js';
import { MIGRATE_MODES, type MigrateMode } from '../mm/mode.js';
import { MIGRATE_REASONS, type MigrateReason } from '../mm/reason.js';
import type { FallbackCauses } from '../offload/fallback-cause.js';
import { HUGE_PAGES, type HugePages } from './huge-pages.js';

/**
 * How far a migration has come.
 *
 * @see {@link Region.migrate} for an example
 */
export interface MigrateProgress {
  /** Folios that have moved so far. */
  readonly foliosMoved: number;
  /** Folios that have failed so far. */
  readonly foliosFailed: number;
  /** Bytes that have moved so far. */
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
   * Why the pages move, by the kernel's migrate_reason. It decides whether batches are offloaded.
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
   * Bytes from the start of the region's memory. Neither `offset` nor `length` need be aligned: the range
   * is rounded outwards, so that every page with a byte in it moves. (A buffer itself begins within a
   * page.)
   *
   * @defaultValue 0
   */
  readonly offset?: number;
  /**
   * Bytes.
   *
   * @defaultValue to the end of the memory
   */
  readonly length?: number;
  /**
   * Maximum bytes that are unmapped together: a multiple of 4096, up to the ferry's own limit. 4096 moves one
   * folio at a time. A thread that touches a page in flight waits for its batch, so larger batches mean longer
   * waits and less overhead.
   *
   * @defaultValue the option of `openFerry`; else 32 MiB with `write-protected` and `promote`, and 8 MiB
   * otherwise
   */
  readonly batchBytes?: number;
  /**
   * Pages that lie on the target already. `exact`: they stay untouched. `move`: short gaps of such pages
   * between two folios move along, because that is faster than skipping them. The result counts them
   * separately.
   *
   * @defaultValue `'exact'`
   */
  readonly gaps?: 'skip' | 'move';
  /**
   * The copy mode. `exclusive`: the pages of a batch are unmapped while they are copied, and threads that
   * touch them wait, as in the kernel. `write-protected`: they are write-protected while they are copied, and
   * readers continue. Then they are remapped, a few at a time, and readers wait only for that moment.
   * Writers to a batch wait in both modes.
   *
   * @defaultValue `'exclusive'`
   * @throws {@link MigrationError} EOPNOTSUPP for `write-protected`, if {@link Ferry.canWriteProtect} is false
   */
  readonly copyMode?: CopyMode;
  /**
   * The treatment of huge pages (2 MiB). `keep`: a huge page arrives as one. `promote`: all of the range
   * that 2 MiB pages can hold arrives on them, and parts of it that were never touched are filled with
   * zeros; `to` may be the node that it is on. `split`: nothing arrives on them, and the kernel makes none
   * there (MADV_NOHUGEPAGE). A region whose folios are 2 MiB is promoted by `keep`, too.
   *
   * @defaultValue `'keep'`
   */
  readonly hugePages?: HugePages;
  /** Stops the migration between batches. */
  readonly signal?: AbortSignal;
  /**
   * Called about ten times a second, and once at the end. An exception from it becomes a process warning.
   */
  readonly onProgress?: (progress: MigrateProgress) => void;
}

/**
 * The result of a migration.
 *
 * @see {@link Region.migrate} for an example
 */
export interface MigrateResult {
  /** Folios that moved. */
  readonly foliosMoved: number;
  /** Folios that stayed where they were. */
  readonly foliosFailed: number;
  /** Pages that were never touched: there was nothing to move. */
  readonly foliosAbsent: number;
  /** Folios that were on the target already. */
  readonly foliosOnTarget: number;
  /** Bytes that moved. */
  readonly bytesMoved: number;
  /** Why folios stayed: runs of bytes that failed for the same reason. */
  readonly failures: readonly MigrateFailure[];
  /** Errno name with which the migration stopped short (`ENOMEM`: the target is full), or null. */
  readonly code: string | null;
  /** Batches that were made. */
  readonly batches: number;
  /** Folios that were tried once more, counted each time. */
  readonly retries: number;
  /** Large folios that were split. */
  readonly splits: number;
  /** Folios that a migrator was to copy and did not, so that they were copied one by one. */
  readonly fallbacks: number;
  /** The same by cause. */
  readonly fallbackCauses: FallbackCauses;
  /** With `gaps: 'move'`: folios that were on the target already and were moved along; not in `foliosMoved`. */
  readonly gapFoliosMoved: number;
  /** Bytes of those folios. */
  readonly gapBytesMoved: number;
  /**
   * With `copyMode: 'write-protected'`: folios that were copied write-protected, while readers continued.
   * The others were unmapped while they were copied.
   */
  readonly foliosWriteProtected: number;
  /** Of those, copies that were found not to be what their page held at the cutover: they were made once more. */
  readonly staleCopies: number;
  /** Bytes of the range that are on huge pages now, from the page tables. */
  readonly hugeBytes: number;
  /** Whole nanoseconds, as those of `phases`. */
  readonly durationNs: number;
  /** Nanoseconds of the migration thread in each phase. */
  readonly phases: {
    /** Taking pages out of the program's range. */
    readonly unmapNs: number;
    /** Copying, and waiting for a migrator's copy. */
    readonly copyNs: number;
    /** Mapping pages into the program's range. */
    readonly mapNs: number;
    /** Getting destinations. Free pages of the pool take no time, pages from the kernel much. */
    readonly destinationNs: number;
  };
}

/**
 * A run of bytes that stayed where it was: {@link MigrateResult.failures}.
 *
 * @see {@link Region.migrate} for an example
 */
export interface MigrateFailure {
  /** Bytes from the start of the region's memory. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** Errno name: EBUSY (pinned or in use), EHWPOISON, ENOMEM, EINVAL, …. */
  readonly code: string;
}

/**
 * A migration that was stopped by its AbortSignal. Nothing is half-moved: `result` says how far it came.
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
  /** As Node names the error of an AbortSignal. */
  override readonly name = 'AbortError';
  /** How far the migration came. */
  readonly result: MigrateResult;

  /** Made by {@link Region.migrate}. */
  constructor(result: MigrateResult, cause: unknown) {
    super('ECANCELED', 'aborted by options.signal', {
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

export interface FilledMigrateOptions {
  readonly target: number;
  readonly reason: MigrateReason;
  readonly mode: MigrateMode;
  readonly offset: number;
  readonly length: number;
  readonly batchBytes: number;
  readonly moveGaps: boolean;
  readonly copyMode: CopyMode;
  readonly hugePages: HugePages;
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
 * Bytes of a batch where no option is given (docs/performance.md, "Batch size"): a thread that waits for an exclusive batch waits
 * for all of it; the readers of a write-protected batch do not wait for it.
 */
const EXCLUSIVE_BATCH_BYTES = 8 * 2 ** 20;
const LONG_BATCH_BYTES = 32 * 2 ** 20;

function defaultBatch(limits: BatchLimits, copyMode: CopyMode, hugePages: HugePages): number {
  const long = copyMode === 'write-protected' || hugePages === 'promote';
  const batch = limits.defaultBatch ?? (long ? LONG_BATCH_BYTES : EXCLUSIVE_BATCH_BYTES);
  return Math.min(limits.batchBytes, batch);
}

/** Fills in the defaults. @throws MigrationError EINVAL or ENODEV naming the option that is wrong. */
export function fillMigrateOptions(
  options: MigrateOptions,
  bytes: number,
  nodeIds: readonly number[],
  limits: BatchLimits,
): FilledMigrateOptions {
  const given = readOptions(OPERATION, options, KNOWN, 'unknown option of migrate');
  const { reason = 'syscall', mode = 'sync', offset = 0 } = given;
  if (!MIGRATE_REASONS.includes(reason)) {
    throw invalidArgument(
      OPERATION,
      'options.reason',
      `unknown reason '${describe(reason)}'`,
      `Known: ${MIGRATE_REASONS.join(', ')}.`,
    );
  }
  if (!MIGRATE_MODES.includes(mode)) {
    throw invalidArgument(
      OPERATION,
      'options.mode',
      `unknown mode '${describe(mode)}'`,
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
  const moveGaps = gaps === 'move';
  return {
    target,
    reason,
    mode,
    offset,
    length,
    batchBytes,
    moveGaps,
    copyMode,
    hugePages,
    signal,
    onProgress,
  };
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
