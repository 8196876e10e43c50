import type { MigrateMode } from '../mode.js';
import type { Batch } from '../pipeline/batch.js';
import type { WriteProtectPort } from './write-protect-port.js';

/**
 * The part of a machine that a migrator may use. It only copies between frames.
 * @see {@link OwnMigrator} for an example
 */
export interface CopyPort {
  /**
   * Copies `pages` consecutive frames from `src` to `dst`. The runs do not overlap. Returns 0, or a negative errno if the
   * source cannot be read (-EHWPOISON, -EFAULT). The destination's content is then undefined.
   */
  copyFrames(dst: number, src: number, pages: number): number;
}

/** Compares frames. Not for migrators. */
export interface VerifyPort {
  /** Whether the `pages` frames that begin at `dst` have the content of those that begin at `src`. */
  sameFrames(dst: number, src: number, pages: number): boolean;
}

/**
 * The port through which the pipeline uses its machine. Real memory (`linux/`) and simulated memory implement it.
 * `test/machine/conformance.ts` is its contract in code.
 *
 * Calls for one folio return 0 or a negative errno. Calls for a batch work on every folio in the named state. They leave
 * each outcome in the batch (`state`, `errno`), so that an implementation may coalesce. No call throws for a condition of a
 * page. A call throws only if the machine itself is broken.
 */
export interface Machine extends CopyPort, VerifyPort {
  /** Write-protects batches. Undefined on a machine that cannot. */
  readonly writeProtection?: WriteProtectPort | undefined;

  /** Nanoseconds of the machine's own monotonic clock (virtual time in simulation). */
  now(): number;

  /** Reserves a folio for this migration. -EBUSY: another migration has isolated it. -ENOENT: there is no page. */
  isolate(batch: Batch, index: number): number;

  /** Ends the isolation of a mapped folio. */
  putback(batch: Batch, index: number): void;

  /**
   * Takes a destination for the folio on `node` and stores it in `batch.dst`. -ENOMEM: the node has no memory of that size.
   * The migration owns the frames until `map` or `freeDestination`.
   */
  takeDestination(batch: Batch, index: number, node: number): number;

  /** Returns `batch.dst` to its node, unused. */
  freeDestination(batch: Batch, index: number): void;

  /**
   * Quarantines the frames of a folio that a device may still touch after an abandoned copy. `dst` is set aside and becomes
   * NO_FRAME (another may be taken). The frames of `src` are set aside as soon as the content has left them in any way.
   * Nobody gets these frames before `unquarantine`.
   *
   * The folio is UNMAPPED, or mapped and write-protected. In the second case it has no `src` yet, and a device that still
   * reads the program's own pages does no harm. The caller has degraded the batch.
   */
  quarantine(batch: Batch, index: number, ticket: number): void;

  /** The device is idle: the frames that were set aside under `ticket` are free again. */
  unquarantine(ticket: number): void;

  /**
   * `isolate` for all of a `run`. False, with nothing done, if one of the folios cannot be isolated. The pipeline then
   * isolates folio by folio. Optional.
   */
  isolateRun?(batch: Batch): boolean;

  /** `copyFrames` for all of a `whole` batch. If it returns false, the pipeline copies folio by folio. Optional. */
  copyWhole?(batch: Batch): boolean;

  /** `takeDestination` for all of a `run`, as one run of frames, in the same way. */
  takeDestinationRun?(batch: Batch, node: number): boolean;

  /** `putback` for a batch that `isolateRun` isolated. */
  putbackRun?(batch: Batch): void;

  /** False for a folio whose owner moves it with a callback of its own (the kernel's movable_ops). */
  supportsBatchCopy(batch: Batch, index: number): boolean;

  /** `supportsBatchCopy` for every folio of a batch. If absent or false, the pipeline checks folio by folio. */
  supportsBatchCopyRun?(batch: Batch): boolean;

  /**
   * Unmaps every ISOLATED folio that has a destination. On success the folio is UNMAPPED, `src` is the first frame of its
   * content, `errno` is 0, and the program's threads wait when they touch it. On failure it stays ISOLATED, wholly mapped,
   * with `errno` set:
   * - EAGAIN: worth another pass
   * - ENOENT: a page of it is absent, or the program is giving it back
   * - EINVAL: it cannot be moved as one, or a base page cannot be moved at all
   * - ESTALE: its address no longer belongs to the region
   * - EHWPOISON and others
   *
   * Of a `run` every folio is ISOLATED and has a destination. A machine that has unmapped it as one calls
   * `batch.unmappedWhole`. If a folio stays mapped, the caller degrades the batch.
   */
  unmap(batch: Batch): void;

  /** Makes sure that no thread still reaches an unmapped folio through a stale translation. */
  flush(): void;

  /**
   * Maps every UNMAPPED folio that is `ready` at its old address, onto `dst`. On success it is MOVED, its waiters are
   * awake, and `src` belongs to its node again. On failure it stays UNMAPPED with `errno` set. A page that the program gave
   * back while it was unmapped arrives with zeros.
   *
   * Of a `whole` batch every folio is `ready`. A machine that has tried to map it as one calls `batch.mappedWhole`.
   */
  map(batch: Batch): void;

  /**
   * Undo: maps every UNMAPPED folio at its old address, onto `src`, unchanged, and wakes its waiters. The folio becomes
   * ISOLATED. `dst` stays with the migration. This must not fail for a condition that can pass. Pages that the program gave
   * back since the unmap have zeros. Pages that it unmapped itself are dropped.
   */
  undo(batch: Batch): void;

  /** Called between two passes over folios that gave EAGAIN. `pass` starts at 1. */
  pause(mode: MigrateMode, pass: number): void;
}
