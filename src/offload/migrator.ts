import type { CopyPort } from '../mm/ports/machine.js';

/**
 * The folios that a migrator is to copy: folio `i` is `2^order[i]` consecutive frames, from `src[i]` to
 * `dst[i]`. A frame is a number; sources may lie anywhere, also below 0 (a write-protected copy reads the program's own
 * pages). Neighbours in the list are often neighbours in both frame ranges too, and may be merged.
 *
 * The arrays belong to the pipeline and are refilled for the next batch: a migrator may not keep them beyond
 * `offloadCopy`, or beyond `finish` of what `startCopy` returned.
 *
 * @see {@link OwnMigrator} for an example
 */
export interface CopyList {
  /** Folios. */
  readonly length: number;
  /**
   * Base pages of all folios, where each folio is the neighbour of the one before in both frame ranges: the list is one
   * copy. Absent or 0 where they are not, or nobody has looked.
   */
  readonly runPages?: number;
  /** First source frame of each folio. */
  readonly src: Float64Array;
  /** First destination frame of each folio. */
  readonly dst: Uint32Array;
  /** Order of each folio: it has `2 ** order` frames. */
  readonly order: Uint8Array;
  /** To be set to 1 for each folio whose destination now holds its content, and for no other. */
  readonly copied: Uint8Array;
  /**
   * To be set to 1 for each folio whose frames a device may still read or write after the copy has been given
   * up. Neither its source nor its destination is used again before `whenQuiet` says so.
   */
  readonly quarantined: Uint8Array;
}

/**
 * The owner of a migrator (the kernel's `struct module *owner`): its threads, channels, code.
 *
 * @see {@link OwnMigrator} for an example
 */
export interface MigratorOwner {
  /** Takes a reference. False when the owner is gone; registration then fails with ENODEV. */
  acquire(): boolean;
  /** Drops the reference; called once the last batch that used the migrator has ended. */
  release(): void | Promise<void>;
}

/**
 * A copy that runs by itself, on other threads or a device.
 *
 * @see {@link OwnMigrator} for an example
 */
export interface StartedCopy {
  /** Waits until the copy is over, within the migrator's own limit; marks and returns as `offloadCopy`. */
  finish(): number;
}

/**
 * A provider of the batch copy (RFC patch 4, `struct migrator`).
 *
 * `offloadCopy` returns 0 when it has copied every folio and marked it in `list.copied`, or a negative
 * errno. EOPNOTSUPP declines the batch, which is not an error. ENODEV and EBUSY refuse it (no channel, or
 * all in use). ETIMEDOUT gives up waiting. Anything else is a failure. The pipeline copies folios without a
 * mark one by one, so a partial success is useful.
 *
 * @see {@link OwnMigrator} for an example
 */
export interface Migrator {
  /** Its name, for counters, parameters and messages. */
  readonly name: string;
  /**
   * Copies a batch, and marks the folios that it has copied.
   *
   * @returns 0, or a negative errno: see above
   */
  offloadCopy(list: CopyList, port: CopyPort): number;
  /**
   * The same in two halves, for a migrator whose copy does not need the calling thread. While it runs, the
   * pipeline unmaps the next batch and maps the previous one. A number is a result as of `offloadCopy`, at
   * once. Several copies may be in progress; they are finished in the order in which they were started.
   */
  startCopy?(list: CopyList, port: CopyPort): StartedCopy | number;
  /**
   * Why the last call of `offloadCopy`, `startCopy` or `finish` has failed, in words: for the `ejected` event. Where it
   * is absent, or undefined, the result itself is reported.
   */
  explain?(): string | undefined;
  /** Resolves when no device touches any frame that was `quarantined` so far. Without it they are held for good. */
  whenQuiet?(): Promise<void>;
  /** For fault injection, where it has threads: one of them ends in the middle of the next copy. */
  failNext?(): void;
  /** The owner of its resources; a reference is held while it is registered. */
  readonly owner?: MigratorOwner;
}
