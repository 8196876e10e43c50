import type { ErrorCode } from '../common/errno.js';
import type { FallbackCauses } from '../mm/fallback-cause.js';

/**
 * The result of a migration.
 * @see {@link Region.migrate} for an example
 */
export interface MigrateResult {
  /** Folios that moved. */
  readonly foliosMoved: number;
  /** Folios that stayed in place because they could not move. */
  readonly foliosFailed: number;
  /** Pages that were never touched. There was nothing to move. */
  readonly foliosAbsent: number;
  /** Folios that were on the target already. */
  readonly foliosOnTarget: number;
  /** Bytes that moved. */
  readonly bytesMoved: number;
  /** Why folios stayed: runs of bytes with the same reason. */
  readonly failures: readonly MigrateFailure[];
  /** Errno name that ended the migration early (`ENOMEM`: the target is full), or null. */
  readonly code: ErrorCode | null;
  /** Number of batches. */
  readonly batches: number;
  /** Retries of folios. A folio counts once for each retry. */
  readonly retries: number;
  /** Large folios that were split. */
  readonly splits: number;
  /** Folios that a migrator was given and did not copy. They were copied one by one. */
  readonly fallbacks: number;
  /** The same, by cause. */
  readonly fallbackCauses: FallbackCauses;
  /** With `gaps: 'move'`: folios on the target that moved along. They are not in `foliosMoved`. */
  readonly gapFoliosMoved: number;
  /** Bytes of those folios. */
  readonly gapBytesMoved: number;
  /**
   * With `copyMode: 'write-protected'`: folios that were copied write-protected, while readers continued. The others were
   * unmapped while they were copied.
   */
  readonly foliosWriteProtected: number;
  /** Copies of those folios that differed from their page at the cutover. They were made again. */
  readonly staleCopies: number;
  /** Bytes of the range on huge pages after the migration, from the page tables. */
  readonly hugeBytes: number;
  /** Duration in nanoseconds. Like the values of `phases`, it is an integer. */
  readonly durationNs: number;
  /** Nanoseconds of the migration thread in each phase. */
  readonly phases: {
    /** Unmapping pages from the program's range. */
    readonly unmapNs: number;
    /** Copying, and waiting for a migrator's copy. */
    readonly copyNs: number;
    /** Mapping pages into the program's range. */
    readonly mapNs: number;
    /** Getting destinations. Free pages of the pool take almost no time, pages from the kernel a long time. */
    readonly destinationNs: number;
  };
}

/**
 * A run of bytes that did not move: {@link MigrateResult.failures}.
 * @see {@link Region.migrate} for an example
 */
export interface MigrateFailure {
  /** Bytes from the start of the region's memory. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** Errno name: EBUSY (pinned or in use), EHWPOISON, ENOMEM, EINVAL, …. */
  readonly code: ErrorCode;
}

export interface MigrationEnd {
  readonly result: MigrateResult;
  /** Whether the caller stopped it. The result then shows how far it came. */
  readonly aborted: boolean;
}
