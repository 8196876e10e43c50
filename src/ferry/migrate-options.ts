import { checkBatchBytes, checkInteger, checkWord, nodeIndex, readOptions } from '../common/check-options.js';
import { describe } from '../common/describe-value.js';
import { invalidArgument, MigrationError } from '../common/migration-error.js';
import { COPY_MODES, type CopyMode } from '../mm/copy-mode.js';
import { MIGRATE_MODES, type MigrateMode } from '../mm/mode.js';
import { MIGRATE_REASONS, type MigrateReason } from '../mm/reason.js';
import type { FallbackCauses } from '../offload/fallback-cause.js';
import { HUGE_PAGES, type HugePages } from './huge-pages.js';

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

/** What a migration did. */
export interface MigrateResult {
  readonly foliosMoved: number;
  /** Folios that stayed where they were. */
  readonly foliosFailed: number;
  /** Pages that were never touched: there was nothing to move. */
  readonly foliosAbsent: number;
  /** Folios that were on the target already. */
  readonly foliosOnTarget: number;
  readonly bytesMoved: number;
  /** Why folios stayed: runs of bytes that failed for the same reason. */
  readonly failures: readonly MigrateFailure[];
  /** Errno name with which the migration stopped short (`ENOMEM`: the target is full), or null. */
  readonly code: string | null;
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
  readonly gapBytesMoved: number;
  /** With `copyMode: 'write-protected'`: folios whose readers went on while they were copied. The others were out meanwhile. */
  readonly foliosWriteProtected: number;
  /** Of those, copies that were found not to be what their page held at the cutover: they were made once more. */
  readonly staleCopies: number;
  /** Bytes of the range that are on huge pages now, asked of the page tables. */
  readonly hugeBytes: number;
  /** Whole nanoseconds, as those of `phases`. */
  readonly durationNs: number;
  readonly phases: {
    /** Taking pages out of the program's range. */
    readonly unmapNs: number;
    readonly copyNs: number;
    /** Mapping pages into the program's range. */
    readonly mapNs: number;
    /** Getting destinations: nothing for free pages of the pool, much from the kernel. */
    readonly destinationNs: number;
  };
}

export interface MigrateFailure {
  /** Bytes from the start of the region's memory. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** Errno name: EBUSY (pinned or in use), EHWPOISON, ENOMEM, EINVAL, …. */
  readonly code: string;
}

/** A migration that was stopped by its AbortSignal. Nothing is half-moved: `result` says how far it came. */
export class MigrationAbortedError extends MigrationError {
  override readonly name = 'AbortError';
  readonly result: MigrateResult;

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
