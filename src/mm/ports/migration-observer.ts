import type { MigrateReason } from '../reason.js';
import type { BatchObserver } from './batch-observer.js';

/** A migration, as an observer knows it. */
export interface ObservedMigration {
  /** Migrations are numbered from 1. */
  readonly number: number;
}

/**
 * Observes migrations and their batches. A batch belongs to the migration whose step runs. It changes nothing and never
 * throws.
 */
export interface MigrationObserver {
  /** Called for each batch. Returns its observer, if it has one. */
  readonly observe: () => BatchObserver | undefined;
  /** Called before the first step of a migration. `target` is the index of the node to which all of it moves. */
  beginMigration(region: number, reason: MigrateReason, target: number | undefined): ObservedMigration;
  /** Called before each step. Returns the migration that the step interrupts, for `stepped`. */
  stepping(migration: ObservedMigration): ObservedMigration | undefined;
  stepped(interrupted: ObservedMigration | undefined): void;
  /** Called when the migration has ended in any way. */
  endMigration(migration: ObservedMigration): void;
}
