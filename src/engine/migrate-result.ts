import type { FallbackCauses } from '../mm/fallback-cause.js';

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

/** How a migration has ended. */
export interface MigrationEnd {
  readonly result: MigrateResult;
  /** Its caller has stopped it; the result says how far it came. */
  readonly aborted: boolean;
}
