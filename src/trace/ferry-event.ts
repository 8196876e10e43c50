import type { FallbackCause } from '../mm/fallback-cause.js';
import type { BatchPhase } from '../mm/ports/batch-observer.js';
import type { MigrateReason } from '../mm/reason.js';

/**
 * When something happened, or began: nanoseconds of CLOCK_MONOTONIC, as `process.hrtime.bigint()` counts them in every
 * thread of the process. On a simulated machine nanoseconds of virtual time.
 */
interface Timed {
  readonly at: number;
}

/** What has come to its end; told at that moment. */
interface Span extends Timed {
  /** Nanoseconds that it took. */
  readonly ns: number;
}

/** A batch was cut and is about to be isolated. */
export interface BatchBeginEvent extends Timed {
  readonly kind: 'batch-begin';
  /** Counts the batches of the ferry that were recorded, from 1. */
  readonly batch: number;
  /** Its place among the batches that may be out at once, from 0. */
  readonly slot: number;
  /** The migration that it is part of: see MigrationBeginEvent. */
  readonly migration: number;
  readonly folios: number;
  /** Base pages. */
  readonly pages: number;
}

/** A batch was in one phase for so long. The migration thread is in one phase of one batch at any time. */
export interface PhaseEvent extends Span {
  readonly kind: 'phase';
  readonly phase: BatchPhase;
  readonly batch: number;
  readonly slot: number;
  /** Who is called or waited for: `copy` and `wait` only. */
  readonly migrator: string | undefined;
}

/** A batch is over: from its isolation to the last folio's return. */
export interface BatchEvent extends Span {
  readonly kind: 'batch';
  readonly batch: number;
  readonly slot: number;
  readonly migration: number;
  readonly folios: number;
  readonly pages: number;
  /** Bytes that have moved. */
  readonly bytes: number;
  /** Folios that have moved, those that lay in a gap not counted. */
  readonly moved: number;
  /** Folios that have failed: they are where they were. */
  readonly failed: number;
  /** Folios that were split, were not there, or had no need to move. */
  readonly other: number;
  /** Folios that the migrator copied, and folios that it was given and did not copy. */
  readonly offloaded: number;
  readonly fellBack: number;
  /** Why most of those fell back. */
  readonly cause: FallbackCause | undefined;
  /** Who was asked to copy it. */
  readonly migrator: string | undefined;
}

/** A channel was given its share of a batch, or a helper thread takes one. */
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
 * A channel's share of a batch, from when it was issued to when the migration thread heard of its last descriptor's end;
 * for a helper thread of mtcopy, from its first piece of the batch to its last, by its own clock (there is no
 * ShareBeginEvent for it).
 */
export interface ShareEvent extends Span {
  readonly kind: 'share';
  readonly lane: string;
  readonly batch: number;
  readonly bytes: number;
  readonly pieces: number;
  /** `given-up`: nobody waits for it any more, and its end is not known. */
  readonly outcome: 'done' | 'failed' | 'given-up';
}

/** A migration (`Region.migrate`, `Ferry.movePages`) begins; it may have waited for its turn. */
export interface MigrationBeginEvent extends Timed {
  readonly kind: 'migration-begin';
  /** Counts the migrations of the ferry that were recorded, from 1. */
  readonly migration: number;
  /** `Region.id`. */
  readonly region: number;
  readonly reason: MigrateReason;
  /** Id of the node that it moves to; undefined for movePages, where each page has its own. */
  readonly target: number | undefined;
}

/** A migration is over, or was given up. */
export interface MigrationEvent extends Span {
  readonly kind: 'migration';
  readonly migration: number;
  readonly region: number;
  readonly reason: MigrateReason;
  readonly target: number | undefined;
  /** Of the batches that were recorded. */
  readonly bytes: number;
  readonly moved: number;
  readonly failed: number;
}

export interface MigratorEvent extends Timed {
  readonly kind: 'migrator';
  /** `eject`: it was unregistered because it failed again and again. `unregister`: after the grace period. */
  readonly action: 'register' | 'unregister' | 'eject';
  readonly name: string;
}

/** A parameter was written (by `parameters.set`, from wherever it came), and the write has taken effect. */
export interface ParameterEvent extends Timed {
  readonly kind: 'parameter';
  readonly path: string;
  /** As it is shown afterwards, cut to 120 bytes. */
  readonly value: string;
}

/** What a node's pool holds: at the beginning and end of a migration, and four times a second in between. */
export interface PoolEvent extends Timed {
  readonly kind: 'pool';
  /** Id of the node. */
  readonly node: number;
  readonly bytesPooled: number;
  readonly bytesFree: number;
}

/**
 * An event that a ferry records while a reader is open: {@link Ferry.events}.
 *
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
  | ParameterEvent
  | PoolEvent;

export type FerryEventKind = FerryEvent['kind'];
