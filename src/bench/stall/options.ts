import type { CopyMode } from '../../mm/copy-mode.js';
import type { BatchMigrator } from '../harness/batch-migrators.js';
import type { Device } from '../move/options.js';

export const ROLES = ['reader', 'writer'] as const;
export type Role = (typeof ROLES)[number];

export interface StallOptions {
  /** Bytes of a folio, each once, ascending. */
  readonly folios: readonly number[];
  /** Bytes that are out at once at most, each once, ascending. */
  readonly batches: readonly number[];
  readonly copyModes: readonly CopyMode[];
  /** A write-protected row for each: bytes that are cut over at once; none: the ferry's default. */
  readonly cutovers: readonly number[];
  /** What this host cannot do is left out with a note, as nobody has asked for it by name. */
  readonly copyModeDefaulted: boolean;
  readonly migrators: readonly BatchMigrator[];
  /** A row of dcbm for each: DMA channels. */
  readonly channels: readonly number[];
  /** A row of mtcopy for each: threads that copy, the migration thread included. */
  readonly threads: readonly number[];
  readonly device: Device;
  /** Batches that may be out at once; undefined: the ferry's default. */
  readonly depth?: number;
  /** Bytes migrated to and fro, a multiple of 2 MiB. */
  readonly bytes: number;
  /** Of each measured run. */
  readonly seconds: number;
  /** Measured runs of each row. */
  readonly runs: number;
  /** Threads of each role; a role without any has no rows. */
  readonly program: Readonly<Record<Role, number>>;
  /** Whether readers and writers run at once; else the one after the other. */
  readonly together: boolean;
  readonly seed: number;
}
