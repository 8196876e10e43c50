import { sample, seededRandom } from '../../common/random.js';
import type { Ferry } from '../../ferry/ferry.js';
import type { MigratableRange } from '../../ferry/region.js';
import type { Cell } from './cells.js';
import { batching, type Mover, migrateRanges } from './mover.js';
import { type MoveOptions, memoryFactor } from './options.js';
import type { PatternedMemory } from './patterned-memory.js';

/** The mover of a layout, by one call or by calls of `cell.batch` folios. */
export function moverOf(
  { layout, seed }: MoveOptions,
  { folioSize, batch, bytes }: Cell,
  ferry: Ferry,
  memory: PatternedMemory,
): Mover {
  if (layout === 'alternate') return alternateMover(ferry, memory, folioSize);
  if (layout === 'contiguous') {
    return batch === null
      ? contiguousMover(memory, folioSize)
      : callsMover(memory, folioSize, batch * folioSize);
  }
  const folios = bytes / folioSize;
  const picked = sample(seededRandom(seed), folios * memoryFactor(layout), folios);
  const offsets = Float64Array.from(picked, (folio) => memory.offsetOf(folio * folioSize));
  return scatteredMover(memory, offsets, folioSize);
}

/** Moves everything in address order, each range by one call. */
function contiguousMover(memory: PatternedMemory, folioSize: number): Mover {
  return {
    clock: 'engine',
    prepare: async () => undefined,
    move: (to, spec) => migrateRanges(memory, memory.ranges, { to, ...batching(spec) }),
    calls: () => [foliosOf(memory.ranges, folioSize)],
    verify: () => memory.verify(),
  };
}

/**
 * Moves everything in address order, by calls of `bytes` each. The time is the caller's, as the RFC's is: such a table
 * shows what a call costs beside the migration.
 */
function callsMover(memory: PatternedMemory, folioSize: number, bytes: number): Mover {
  const calls = pieces(memory.ranges, bytes);
  return {
    clock: 'caller',
    prepare: async () => undefined,
    async move(to, spec) {
      const started = performance.now();
      const run = await migrateRanges(memory, calls, { to, ...batching(spec) });
      return { ...run, durationNs: (performance.now() - started) * 1e6 };
    },
    calls: () => calls.map((range) => foliosOf([range], folioSize)),
    verify: () => memory.verify(),
  };
}

/**
 * Moves the folios at these offsets, in that order, by one call. The time is the caller's: it includes the message with
 * the offsets, and the sorting.
 */
function scatteredMover(memory: PatternedMemory, offsets: Float64Array, folioSize: number): Mover {
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

/**
 * Migrates a region to the second node while every other folio is there already. `prepare` puts the moved folios back,
 * untimed. It also prefills the target's pool, as in the other layouts, because gap pages that move take pages of it and
 * give none back. The bytes are those requested, without the gap pages.
 */
function alternateMover(ferry: Ferry, memory: PatternedMemory, folioSize: number): Mover {
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
    move: (_to, spec) =>
      migrateRanges(memory, memory.ranges, { to: there, gaps: spec.gaps, ...batching(spec) }),
    calls: () => [movers],
    verify: () => memory.verify(),
  };
}

function foliosOf(ranges: readonly MigratableRange[], folioSize: number): Float64Array {
  const offsets = ranges.flatMap(({ offset, length }) =>
    Array.from({ length: length / folioSize }, (_, i) => offset + i * folioSize),
  );
  return Float64Array.from(offsets);
}

/** Ranges of `bytes` each. A range that would reach into the next buffer is cut there. */
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
