import type { MigratableRange } from '../../ferry/region.js';
import { batching, type Mover } from './mover.js';
import type { PatternedMemory } from './patterned-memory.js';

/** Moves all of it in address order, each range by one call; the time is the migration thread's. */
export function contiguousMover(memory: PatternedMemory, folioSize: number): Mover {
  return {
    clock: 'engine',
    prepare: async () => undefined,
    async move(to, spec) {
      const total = { bytesMoved: 0, durationNs: 0, foliosMoved: 0, foliosFailed: 0 };
      for (const { offset, length } of memory.ranges) {
        const result = await memory.region.migrate({ to, offset, length, ...batching(spec) });
        total.bytesMoved += result.bytesMoved;
        total.durationNs += result.durationNs;
        total.foliosMoved += result.foliosMoved;
        total.foliosFailed += result.foliosFailed;
      }
      return total;
    },
    calls: () => [foliosOf(memory.ranges, folioSize)],
    verify: () => memory.verify(),
  };
}

/**
 * Moves all of it in address order, by calls of `bytes` each. The time is the caller's, as the RFC's is: what a call
 * costs beside the migration is what such a table is about.
 */
export function callsMover(memory: PatternedMemory, folioSize: number, bytes: number): Mover {
  const calls = pieces(memory.ranges, bytes);
  return {
    clock: 'caller',
    prepare: async () => undefined,
    async move(to, spec) {
      const total = { bytesMoved: 0, durationNs: 0, foliosMoved: 0, foliosFailed: 0 };
      const started = performance.now();
      for (const { offset, length } of calls) {
        const result = await memory.region.migrate({ to, offset, length, ...batching(spec) });
        total.bytesMoved += result.bytesMoved;
        total.foliosMoved += result.foliosMoved;
        total.foliosFailed += result.foliosFailed;
      }
      total.durationNs = (performance.now() - started) * 1e6;
      return total;
    },
    calls: () => calls.map((range) => foliosOf([range], folioSize)),
    verify: () => memory.verify(),
  };
}

function foliosOf(ranges: readonly MigratableRange[], folioSize: number): Float64Array {
  const offsets = ranges.flatMap(({ offset, length }) =>
    Array.from({ length: length / folioSize }, (_, i) => offset + i * folioSize),
  );
  return Float64Array.from(offsets);
}

/** Ranges of `bytes` each; one that reaches into the next buffer is cut there. */
function pieces(ranges: readonly MigratableRange[], bytes: number): MigratableRange[] {
  const cut: MigratableRange[] = [];
  let missing = bytes;
  for (const { offset, length } of ranges) {
    for (let done = 0; done < length; ) {
      const size = Math.min(missing, length - done);
      cut.push({ offset: offset + done, length: size });
      done += size;
      missing = missing === size ? bytes : missing - size;
    }
  }
  return cut;
}
