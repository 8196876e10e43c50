import { PMD_SIZE } from '../../common/page.js';
import { sample, seededRandom } from '../../common/random.js';
import type { Ferry } from '../../ferry/ferry.js';
import { openFerry } from '../../ferry/open-ferry.js';
import { POOL_SLACK } from '../harness/host.js';
import { alternateMover } from './alternate-mover.js';
import type { Cell } from './cells.js';
import { callsMover, contiguousMover } from './contiguous-mover.js';
import { withKernel } from './kernel-mover.js';
import { type MeasuredRun, measureRun } from './measured-run.js';
import type { Mover } from './mover.js';
import { type MoveOptions, memoryFactor } from './options.js';
import { pageSizeNote } from './page-size-note.js';
import { PatternedMemory } from './patterned-memory.js';
import type { MoveRow } from './report.js';
import type { Round } from './round.js';
import { rowFigures } from './row-figures.js';
import { injectedOption, migratorOption, type RowSpec, rowSpecs } from './row-spec.js';
import { scatteredMover } from './scattered-mover.js';
import { tune } from './tune.js';
import { turns } from './turns.js';
import { WARM_BATCHES, warmUp } from './warm-up.js';
import { withMigrator } from './with-migrator.js';

export interface MoveEvents {
  /** After each run; to warm a row up counts as one. */
  onRun(): void;
  /** Something that a reader of the figures must know. */
  onNote(note: string): void;
}

export interface CellFigures {
  readonly rows: readonly MoveRow[];
  readonly rounds: readonly Round[];
  /** Batches that could be unmapped at once. */
  readonly depth: number;
}

/**
 * Measures every row of one cell. `copyRound` takes its turn once a round, so that each run can be compared with
 * copies of about the same moment: on a noisy host only such ratios hold.
 */
export async function measureCell(
  options: MoveOptions,
  cell: Cell,
  events: MoveEvents,
  copyRound: () => Round,
): Promise<CellFigures> {
  const { layout, seed, warmUp: warmBatches = WARM_BATCHES } = options;
  const { folioSize, bytes } = cell;
  // What lies in a gap takes pages of the target, too.
  const taken = layout === 'alternate' ? bytes * memoryFactor(layout) : bytes;
  const ferry = await openFerry({
    poolBytes: taken + POOL_SLACK,
    batchBytes: options.maxBatch,
  });
  let memory: PatternedMemory | undefined;
  try {
    const depth = await tune(ferry, options);
    const [here, there] = ferry.nodeIds as [number, number];
    memory = new PatternedMemory(ferry, bytes * memoryFactor(layout), folioSize, here, seed);
    // Where half of the memory moves there first, the pool gets its pages from that.
    if (layout !== 'alternate') await ferry.prefill({ node: there, bytes: bytes + PMD_SIZE, folioSize });
    const mover = withKernel(ferry, memory, moverOf(options, cell, ferry, memory), cell);
    const specs = rowSpecs(options);
    for (const spec of specs) {
      await withMigrator(ferry, migratorOption(spec, options.device), () =>
        warmUp(ferry, mover, spec, warmBatches),
      );
      events.onRun();
    }
    const note = pageSizeNote(memory, folioSize, layout);
    if (note !== undefined) events.onNote(note);

    const rounds: Round[] = [];
    const runs = new Map<RowSpec, MeasuredRun[]>(specs.map((spec) => [spec, []]));
    const damaged = new Set<RowSpec>();
    let team = specs.findLast(({ migrator }) => migrator === 'mtcopy')?.threads;
    for (const [i, { row: spec, back }] of turns(specs, options.runs).entries()) {
      if (i % specs.length === 0) rounds.push(copyRound());
      if (spec.migrator === 'mtcopy' && spec.threads !== team) {
        // Threads that were started just now are slow.
        team = spec.threads;
        await withMigrator(ferry, migratorOption(spec, options.device), () =>
          warmTrip(ferry, mover, spec, back),
        );
      }
      await mover.prepare();
      const run = await withMigrator(ferry, injectedOption(spec, options), () =>
        measureRun(ferry, mover, back ? here : there, spec),
      );
      runs.get(spec)!.push(run);
      if (!mover.verify()) damaged.add(spec);
      await mover.afterRun?.(back ? here : there, spec);
      // It has moved page by page, so that the free pages lie where no page table can come from.
      if (spec.migrator === 'serial' && specs.length > 1) await warmTrip(ferry, mover, specs.at(-1)!, !back);
      events.onRun();
    }
    // What did not move must not have changed either.
    const whole = layout !== 'scattered' || memory.verify();
    const measured = specs.map((spec) => ({
      spec,
      runs: runs.get(spec)!,
      verified: whole && !damaged.has(spec),
    }));
    return { rows: rowFigures(options, cell, mover.clock, rounds, measured), rounds, depth };
  } finally {
    await ferry.close();
    memory?.discard();
  }
}

/** To the other node and back to where the next run begins. */
async function warmTrip(ferry: Ferry, mover: Mover, spec: RowSpec, back: boolean): Promise<void> {
  const [here, there] = ferry.nodeIds as [number, number];
  for (const to of back ? [here, there] : [there, here]) {
    await mover.prepare();
    await mover.move(to, spec);
  }
}

function moverOf(options: MoveOptions, cell: Cell, ferry: Ferry, memory: PatternedMemory): Mover {
  const { layout, seed } = options;
  const { folioSize, batch, bytes } = cell;
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
