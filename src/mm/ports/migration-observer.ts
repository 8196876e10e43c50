import type { MigrateReason } from '../reason.js';
import type { BatchObserver } from './batch-observer.js';

/** A migration that an observer knows. */
export interface ObservedMigration {
  /** Counts them, from 1. */
  readonly number: number;
}

/**
 * Observes migrations and their batches. Batches belong to the migration that makes a step. It changes nothing, and
 * never throws.
 */
export interface MigrationObserver {
  /** Called for each batch: its observer, if it has one. */
  readonly observe: () => BatchObserver | undefined;
  /** The first step of a migration is next. `target`: index of the node that all of it moves to. */
  beginMigration(region: number, reason: MigrateReason, target: number | undefined): ObservedMigration;
  /** The migration makes a step. Returns the one that is interrupted by that, to be given to `stepped`. */
  stepping(migration: ObservedMigration): ObservedMigration | undefined;
  stepped(interrupted: ObservedMigration | undefined): void;
  /** The migration is over, however it ended. */
  endMigration(migration: ObservedMigration): void;
}
