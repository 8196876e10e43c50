import type { Ferry } from '../../ferry/ferry.js';
import { batching, type Mover } from './mover.js';
import type { PatternedMemory } from './patterned-memory.js';

/**
 * Migrates a region of which every other folio is on the target already, always from the first node to the second: the
 * others are put back before each run, untimed. The bytes are those that were to move; the gap pages that moved are not in
 * them. The time is the migration thread's. As in the other layouts, the target's pool is prefilled before a run: what moves
 * along takes pages of it and gives none back.
 */
export function alternateMover(ferry: Ferry, memory: PatternedMemory, folioSize: number): Mover {
  const [here, there] = ferry.nodeIds as [number, number];
  const pairs = memory.bytes / folioSize / 2;
  const offsets = (first: number) =>
    Float64Array.from({ length: pairs }, (_, i) => memory.offsetOf((2 * i + first) * folioSize));
  const [movers, others] = [offsets(0), offsets(1)];
  // One node a call: movePages makes a batch of neighbours in the list that go to the same node.
  const send = (which: Float64Array, node: number) =>
    memory.region.movePages(which, new Int32Array(pairs).fill(node));
  let begun = false;
  return {
    clock: 'engine',
    restores: true,
    async prepare() {
      if (!begun) await send(others, there);
      begun = true;
      await send(movers, here);
      const missing = memory.bytes - ferry.nodes.find(({ id }) => id === there)!.bytesPooled;
      if (missing > 0) await ferry.prefill({ node: there, bytes: missing, folioSize });
    },
    async move(_to, spec) {
      const total = { bytesMoved: 0, durationNs: 0, foliosMoved: 0, foliosFailed: 0 };
      const { gaps } = spec;
      for (const { offset, length } of memory.ranges) {
        const range = { to: there, offset, length };
        const result = await memory.region.migrate({ ...range, gaps, ...batching(spec) });
        total.bytesMoved += result.bytesMoved;
        total.durationNs += result.durationNs;
        total.foliosMoved += result.foliosMoved;
        total.foliosFailed += result.foliosFailed;
      }
      return total;
    },
    calls: () => [movers],
    verify: () => memory.verify(),
  };
}
