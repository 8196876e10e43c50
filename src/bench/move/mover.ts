import type { Ferry } from '../../ferry/ferry.js';
import type { MoveMigrator } from './options.js';
import type { PatternedMemory } from './patterned-memory.js';

/** What one run did. */
export interface Run {
  readonly bytesMoved: number;
  readonly durationNs: number;
  readonly foliosMoved: number;
  readonly foliosFailed: number;
}

/** Moves one layout's bytes to a node, and checks them. */
export interface Mover {
  move(to: number, migrator: MoveMigrator): Promise<Run>;
  /** Whether what was moved is what it should be. */
  verify(): boolean;
}

/** Moves the whole of it, in address order. */
export function contiguousMover(memory: PatternedMemory): Mover {
  return {
    async move(to, migrator) {
      const serial = migrator === 'serial' ? { maxBatchedMigration: 1 } : {};
      const total = { bytesMoved: 0, durationNs: 0, foliosMoved: 0, foliosFailed: 0 };
      for (const { offset, length } of memory.ranges) {
        const result = await memory.region.migrate({ to, offset, length, ...serial });
        total.bytesMoved += result.bytesMoved;
        total.durationNs += result.durationNs;
        total.foliosMoved += result.foliosMoved;
        total.foliosFailed += result.foliosFailed;
      }
      return total;
    },
    verify: () => memory.verify(),
  };
}

/**
 * Moves the folios at these offsets, given in that order. The time is the caller's, of the whole call: it
 * includes the message with the offsets, and the sorting.
 */
export function scatteredMover(
  ferry: Ferry,
  memory: PatternedMemory,
  offsets: Float64Array,
  folioSize: number,
): Mover {
  return {
    async move(to, migrator) {
      const serial = migrator === 'serial' ? { maxBatchedMigration: 1 } : {};
      const nodes = new Int32Array(offsets.length).fill(to);
      const started = performance.now();
      const status = await ferry.movePages(memory.region, offsets, nodes, serial);
      const durationNs = (performance.now() - started) * 1e6;
      const foliosMoved = status.reduce((count, node) => count + (node === to ? 1 : 0), 0);
      const foliosFailed = offsets.length - foliosMoved;
      return { bytesMoved: foliosMoved * folioSize, durationNs, foliosMoved, foliosFailed };
    },
    verify: () => memory.verifyFolios(offsets, folioSize),
  };
}
