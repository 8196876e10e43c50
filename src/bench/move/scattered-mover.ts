import { batching, type Mover } from './mover.js';
import type { PatternedMemory } from './patterned-memory.js';

/**
 * Moves the folios at these offsets, given in that order. The time is the caller's, of the whole call: it
 * includes the message with the offsets, and the sorting.
 */
export function scatteredMover(memory: PatternedMemory, offsets: Float64Array, folioSize: number): Mover {
  return {
    clock: 'caller',
    prepare: async () => undefined,
    async move(to, spec) {
      const nodes = new Int32Array(offsets.length).fill(to);
      const started = performance.now();
      const status = await memory.region.movePages(offsets, nodes, batching(spec));
      const durationNs = (performance.now() - started) * 1e6;
      const foliosMoved = status.reduce((count, node) => count + (node === to ? 1 : 0), 0);
      const foliosFailed = offsets.length - foliosMoved;
      return { bytesMoved: foliosMoved * folioSize, durationNs, foliosMoved, foliosFailed };
    },
    calls: () => [offsets],
    verify: () => memory.verifyFolios(offsets, folioSize),
  };
}
