import type { FallbackCause } from '../mm/fallback-cause.js';
import type { BatchPhase } from '../mm/ports/batch-observer.js';
import type { MigrateReason } from '../mm/reason.js';

/**
 * When something happened or began, in nanoseconds. It is CLOCK_MONOTONIC, as `process.hrtime.bigint()` reads it in every
 * thread, or virtual time on a simulated machine.
 */
interface Timed {
  readonly at: number;
}

/** Something with a duration. It is recorded at its end. */
interface Span extends Timed {
  /** Duration in nanoseconds. */
  readonly ns: number;
}

/** A batch was cut and is about to be isolated. */
export interface BatchBeginEvent extends Timed {
  readonly kind: 'batch-begin';
  /** Recorded batches of the ferry are numbered from 1. */
  readonly batch: number;
  /** Its place among the batches that may be in flight at once, from 0. */
  readonly slot: number;
  /** The migration of the batch: see MigrationBeginEvent. */
  readonly migration: number;
  readonly folios: number;
  /** Base pages. */
  readonly pages: number;
}

/** A phase of a batch has ended. The migration thread is in one phase of one batch at any time. */
export interface PhaseEvent extends Span {
  readonly kind: 'phase';
  readonly phase: BatchPhase;
  readonly batch: number;
  readonly slot: number;
  /** The migrator that is called or waited for. `copy` and `wait` only. */
  readonly migrator: string | undefined;
}

/** A batch has ended: from its isolation to the return of the last folio. */
export interface BatchEvent extends Span {
  readonly kind: 'batch';
  readonly batch: number;
  readonly slot: number;
  readonly migration: number;
  readonly folios: number;
  readonly pages: number;
  readonly bytes: number;
  /** Folios that moved, without those in a gap. */
  readonly moved: number;
  /** Folios that failed and so stayed in place. */
  readonly failed: number;
  /** Folios that were split, absent, or had no need to move. */
  readonly other: number;
  /** Folios that the migrator copied, and folios that it was given and did not copy. */
  readonly offloaded: number;
  readonly fellBack: number;
  /** The cause for most of the folios that fell back. */
  readonly cause: FallbackCause | undefined;
  /** The migrator that was called. */
  readonly migrator: string | undefined;
}

/** A channel was given its share of a batch. */
export interface ShareBeginEvent extends Timed {
  readonly kind: 'share-begin';
  /** The channel or thread: `soft0`, `wq0.0`, `copy1`. */
  readonly lane: string;
  readonly batch: number;
  readonly bytes: number;
  /** Descriptors, or pieces. */
  readonly pieces: number;
}

/**
 * A channel's share of a batch, from its issue until the migration thread learned of the end of its last descriptor. For a
 * helper thread of mtcopy, from its first piece of the batch to its last, by its own clock (without a ShareBeginEvent).
 */
export interface ShareEvent extends Span {
  readonly kind: 'share';
  readonly lane: string;
  readonly batch: number;
  readonly bytes: number;
  readonly pieces: number;
  /** `given-up`: nothing waits for it any more, and its end is unknown. */
  readonly outcome: 'done' | 'failed' | 'given-up';
}

/** A migration (`Region.migrate`, `Region.movePages`) begins. It may have waited for its turn before. */
export interface MigrationBeginEvent extends Timed {
  readonly kind: 'migration-begin';
  /** Recorded migrations of the ferry are numbered from 1. */
  readonly migration: number;
  /** `Region.id`. */
  readonly region: number;
  readonly reason: MigrateReason;
  /** Id of the target node. Undefined for movePages, where each page has its own. */
  readonly target: number | undefined;
}

/** A migration has ended, or was cancelled. */
export interface MigrationEvent extends Span {
  readonly kind: 'migration';
  readonly migration: number;
  readonly region: number;
  readonly reason: MigrateReason;
  readonly target: number | undefined;
  /** Bytes of the recorded batches. */
  readonly bytes: number;
  readonly moved: number;
  readonly failed: number;
}

export interface MigratorEvent extends Timed {
  readonly kind: 'migrator';
  /** `eject`: it was unregistered after repeated failures. `unregister`: after the grace period. */
  readonly action: 'register' | 'unregister' | 'eject';
  readonly name: string;
}

/** An autopilot has loaded the program's own policy, or has ejected it. */
export interface PolicyEvent extends Timed {
  readonly kind: 'policy';
  /** `eject`: it was not loaded, threw, broke a duty or did not decide in time. It decides no more. */
  readonly action: 'load' | 'eject';
  /** Its name. Empty if it was not loaded. */
  readonly name: string;
  /** The message of the error, cut to 120 bytes. Empty for `load`. */
  readonly why: string;
}

/** A parameter was written by any caller of `parameters.set`, and the write has taken effect. */
export interface ParameterEvent extends Timed {
  readonly kind: 'parameter';
  readonly path: string;
  /** The new value as it is shown, cut to 120 bytes. */
  readonly value: string;
}

/** The content of a node's pool: at the beginning and end of a migration, and four times a second in between. */
export interface PoolEvent extends Timed {
  readonly kind: 'pool';
  /** Id of the node. */
  readonly node: number;
  readonly bytesPooled: number;
  readonly bytesFree: number;
}

/**
 * An event that a ferry records while a reader is open: {@link Ferry.events}.
 * @see {@link EventReader} for an example
 */
export type FerryEvent =
  | BatchBeginEvent
  | PhaseEvent
  | BatchEvent
  | ShareBeginEvent
  | ShareEvent
  | MigrationBeginEvent
  | MigrationEvent
  | MigratorEvent
  | PolicyEvent
  | ParameterEvent
  | PoolEvent;

export type FerryEventKind = FerryEvent['kind'];
