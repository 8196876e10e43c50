import type { MigrateReason } from '../reason.js';
import type { BatchObserver } from './batch-observer.js';

/** A migration that an observer was told of. */
export interface ObservedMigration {
  /** Counts them, from 1. */
  readonly number: number;
}

/**
 * Who is told of migrations and of their batches. Batches belong to the migration that makes a step. It changes nothing, and
 * never throws.
 */
export interface MigrationObserver {
  /** Asked for each batch: who is to be told of its way. */
  readonly observe: () => BatchObserver | undefined;
  /** The first step of a migration is next. `target`: index of the node that all of it moves to. */
  beginMigration(region: number, reason: MigrateReason, target: number | undefined): ObservedMigration;
  /** The migration makes a step. Returns the one that is interrupted by that, to be given to `stepped`. */
  stepping(migration: ObservedMigration): ObservedMigration | undefined;
  stepped(interrupted: ObservedMigration | undefined): void;
  /** The migration is over, however it ended. */
  endMigration(migration: ObservedMigration): void;
}
