import type { CopyPort } from '../mm/ports/machine.js';

/**
 * The folios that a migrator has to copy. Folio `i` is `2^order[i]` consecutive frames, from `src[i]` to `dst[i]`. A frame
 * is a number. A source may also be negative: a write-protected copy reads the program's own pages. Neighbours in the list
 * are often neighbours in both frame ranges, and may be merged.
 *
 * The arrays belong to the pipeline, which refills them for the next batch. A migrator must not keep them after
 * `offloadCopy`, or after `finish` of the copy that `startCopy` returned.
 * @see {@link OwnMigrator} for an example
 */
export interface CopyList {
  /** Folios. */
  readonly length: number;
  /**
   * Base pages of all folios, if each folio follows the one before in both frame ranges. The list is then one copy. Absent
   * or 0 if that is not so, or was not checked.
   */
  readonly runPages?: number;
  /** First source frame of each folio. */
  readonly src: Float64Array;
  /** First destination frame of each folio. */
  readonly dst: Uint32Array;
  /** Order of each folio: it has `2 ** order` frames. */
  readonly order: Uint8Array;
  /** The migrator sets this to 1 for each folio whose destination now holds its content, and for no other. */
  readonly copied: Uint8Array;
  /**
   * The migrator sets this to 1 for each folio whose frames a device may still read or write after an abandoned copy.
   * Neither source nor destination is reused before `whenQuiet` resolves.
   */
  readonly quarantined: Uint8Array;
}

/**
 * The owner of a migrator's threads, channels and code (the kernel's `struct module *owner`).
 * @see {@link OwnMigrator} for an example
 */
export interface MigratorOwner {
  /** Takes a reference. False if the owner was released; registration then fails with ENODEV. */
  acquire(): boolean;
  /** Drops the reference, after the last batch that used the migrator. */
  release(): void | Promise<void>;
}

/**
 * A copy that runs in the background, on other threads or a device.
 * @see {@link OwnMigrator} for an example
 */
export interface StartedCopy {
  /** Waits for the end of the copy, within the migrator's own limit. Marks and returns as `offloadCopy` does. */
  finish(): number;
}

/**
 * A provider of the batch copy (RFC patch 4, `struct migrator`).
 *
 * `offloadCopy` returns 0 when it has copied every folio and marked it in `list.copied`, or a negative errno. EOPNOTSUPP
 * declines the batch, which is not an error. ENODEV and EBUSY refuse it (no channel, or all in use). ETIMEDOUT gives up
 * waiting. Anything else is a failure. The pipeline copies folios without a mark one by one, so a partial success is
 * useful.
 * @see {@link OwnMigrator} for an example
 */
export interface Migrator {
  /** Its name, for counters, parameters and messages. */
  readonly name: string;
  /**
   * Copies a batch, and marks the folios that it has copied.
   * @returns 0, or a negative errno: see above
   */
  offloadCopy(list: CopyList, port: CopyPort): number;
  /**
   * The same in two halves, for a migrator that copies without the calling thread. During the copy the pipeline unmaps the
   * next batch and maps the previous one. A number is a final result, as of `offloadCopy`. Several copies may be in
   * progress. They are finished in the order in which they were started.
   */
  startCopy?(list: CopyList, port: CopyPort): StartedCopy | number;
  /** Resolves when no device touches any frame that was `quarantined` so far. Without it these frames are never freed. */
  whenQuiet?(): Promise<void>;
  /** For fault injection in a migrator with threads: one of them ends in the middle of the next copy. */
  failNext?(): void;
  /** The owner of its resources. The registry holds a reference while the migrator is registered. */
  readonly owner?: MigratorOwner;
}
