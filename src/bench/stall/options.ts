import type { CopyMode } from '../../mm/copy-mode.js';
import type { BatchMigrator, Device } from '../move/options.js';

export const ROLES = ['reader', 'writer'] as const;
export type Role = (typeof ROLES)[number];

export interface StallOptions {
  /** Bytes of a folio, each once, ascending. */
  readonly folios: readonly number[];
  /** Maximum bytes in flight, each once, ascending. */
  readonly batches: readonly number[];
  readonly copyModes: readonly CopyMode[];
  /** A write-protected row for each: bytes of one cutover; none: the ferry's default. */
  readonly cutovers: readonly number[];
  /** Copy modes that this host does not support are left out with a note, because the user did not name them. */
  readonly copyModeDefaulted: boolean;
  readonly migrators: readonly BatchMigrator[];
  /** A row of dcbm for each: DMA channels. */
  readonly channels: readonly number[];
  /** A row of mtcopy for each: threads that copy, the migration thread included. */
  readonly threads: readonly number[];
  readonly device: Device;
  /** Maximum batches in flight; undefined: the ferry's default. */
  readonly depth?: number;
  /** Bytes migrated back and forth, a multiple of 2 MiB. */
  readonly bytes: number;
  /** Length of each measured run. */
  readonly seconds: number;
  /** Measured runs of each row. */
  readonly runs: number;
  /** Threads of each role. A role without threads has no rows. */
  readonly program: Readonly<Record<Role, number>>;
  /** Whether readers and writers run concurrently; else one after the other. */
  readonly together: boolean;
  readonly seed: number;
}
