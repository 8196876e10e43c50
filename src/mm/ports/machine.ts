import type { MigrateMode } from '../mode.js';
import type { Batch } from '../pipeline/batch.js';
import type { WriteProtectPort } from './write-protect-port.js';

/**
 * The part of a machine that a migrator may use: copying between frames, and nothing else.
 *
 * @see {@link OwnMigrator} for an example
 */
export interface CopyPort {
  /**
   * Copies `pages` consecutive frames from `src` to `dst`. The runs do not overlap.
   * Returns 0, or a negative errno when the source cannot be read (-EHWPOISON, -EFAULT); the destination's
   * content is then undefined.
   */
  copyFrames(dst: number, src: number, pages: number): number;
}

/** What the core may ask besides. */
export interface VerifyPort {
  /** Whether `pages` frames from `dst` on hold the same content as those from `src` on. */
  sameFrames(dst: number, src: number, pages: number): boolean;
}

/**
 * The small port through which the pipeline reaches the machine it runs on. Real memory (`linux/`) and
 * simulated memory implement it; `test/machine/conformance.ts` says in code what an implementation owes.
 *
 * Folio-wise calls return 0 or a negative errno. Batch-wise calls work on every folio in the state they
 * name and leave each outcome in the batch (`state`, `errno`), so that an implementation may coalesce.
 * No call throws for a condition of a page; it throws only when the machine itself is broken.
 */
export interface Machine extends CopyPort, VerifyPort {
  /** How a batch is protected for a write-protected copy; undefined on a machine that cannot do that. */
  readonly writeProtection?: WriteProtectPort | undefined;

  /** Nanoseconds on a monotonic clock of the machine's own (virtual time in simulation). */
  now(): number;

  /** Reserves a folio for this migration. -EBUSY: another migration holds it. -ENOENT: nothing is there. */
  isolate(batch: Batch, index: number): number;

  /** Ends the reservation of `isolate`. The folio is mapped. */
  putback(batch: Batch, index: number): void;

  /**
   * Takes a destination for the folio on `node` and leaves it in `batch.dst`. -ENOMEM: no memory of that
   * size there. The frames belong to the migration until `map` or `freeDestination`.
   */
  takeDestination(batch: Batch, index: number, node: number): number;

  /** Gives `batch.dst` back to its node, unused. */
  freeDestination(batch: Batch, index: number): void;

  /**
   * A device that was given the folio's copy may touch its frames for some time yet. `dst` is put aside and
   * becomes NO_FRAME (another may be taken); the frames of `src` are put aside as soon as the content has left
   * them, however it does. Until `unquarantine` nothing else gets any of them. Only for a folio that is UNMAPPED, or
   * write-protected and mapped: then there is no `src` yet, and who still reads the program's own pages does no harm.
   * The caller has degraded the batch.
   */
  quarantine(batch: Batch, index: number, ticket: number): void;

  /** The device has come to rest: what was put aside under `ticket` is free again. */
  unquarantine(ticket: number): void;

  /**
   * For a batch of the shape `run`: `isolate` for all of it. False when that cannot be done for each and every folio:
   * then nothing has been done, and it is tried folio by folio. A machine need not have it.
   */
  isolateRun?(batch: Batch): boolean;

  /**
   * For a batch of the shape `whole`: `copyFrames` for all of it, as one run. False when that did not work: then each folio
   * is copied by itself. A machine need not have it.
   */
  copyWhole?(batch: Batch): boolean;

  /** For a `run`, in the same way: `takeDestination` for all of it, as one run of frames. */
  takeDestinationRun?(batch: Batch, node: number): boolean;

  /** `putback` for a batch of which every folio was isolated by `isolateRun`. */
  putbackRun?(batch: Batch): void;

  /** False for a folio whose owner moves it with a callback of its own (the kernel's movable_ops). */
  supportsBatchCopy(batch: Batch, index: number): boolean;

  /**
   * Whether `supportsBatchCopy` is true of every folio of a batch. A machine that cannot tell at once lacks it, or
   * returns false, and is asked folio by folio.
   */
  supportsBatchCopyRun?(batch: Batch): boolean;

  /**
   * Unmaps every ISOLATED folio that has a destination. On success it is UNMAPPED and `src` names the frames
   * that hold its content, `errno` is 0, and the program's threads wait when they touch it. On failure it stays ISOLATED,
   * wholly mapped, with `errno` set: EAGAIN (worth another pass), ENOENT (a page of it is absent, or the program gives it back
   * at the moment), EINVAL (it cannot be moved as one, nor a base page at all), ESTALE (its address is not the region's any
   * more), EHWPOISON, ….
   *
   * Of a `run` every folio is ISOLATED and has a destination. A machine that has unmapped it as one says so by
   * `batch.unmappedWhole`; if a folio stays mapped, the caller degrades the batch.
   */
  unmap(batch: Batch): void;

  /** Makes sure that no thread still reaches an unmapped folio through a stale translation. */
  flush(): void;

  /**
   * Maps every UNMAPPED folio that is `ready` at its old address, onto `dst`. On success it is MOVED, its
   * waiters are awake, and `src` belongs to its node again. On failure it stays UNMAPPED with `errno` set. A page that the
   * program has given back since it was unmapped arrives with zeros.
   *
   * Of a `whole` batch every folio is `ready`. A machine that has tried to map it as one says so by `batch.mappedWhole`.
   */
  map(batch: Batch): void;

  /**
   * Undo: maps every UNMAPPED folio at its old address, onto `src`, unchanged, and wakes its waiters; it
   * becomes ISOLATED. `dst` stays with the migration. This may not fail for a condition that can pass. What the program has
   * given back meanwhile has zeros, and what it has unmapped is dropped.
   */
  undo(batch: Batch): void;

  /** Called between two passes over the folios that gave EAGAIN; `pass` counts from 1. */
  pause(mode: MigrateMode, pass: number): void;
}
