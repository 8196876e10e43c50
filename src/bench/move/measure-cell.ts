import { PMD_SIZE } from '../../common/page.js';
import { formatSize } from '../../common/size.js';
import type { Ferry } from '../../ferry/ferry.js';
import { openFerry } from '../../ferry/open-ferry.js';
import { POOL_SLACK } from '../harness/host.js';
import type { Cell } from './cells.js';
import { withKernel } from './kernel-mover.js';
import { type MeasuredRun, measureRun, WARM_BATCHES, warmUp } from './measured-run.js';
import type { Mover } from './mover.js';
import { moverOf } from './movers.js';
import { type MoveLayout, type MoveOptions, memoryFactor } from './options.js';
import { PatternedMemory } from './patterned-memory.js';
import type { MoveRow } from './report.js';
import { type Round, rowFigures } from './row-figures.js';
import { injectedOption, migratorOption, type RowSpec, rowSpecs, withMigrator } from './row-spec.js';
import { tune } from './tune.js';
import { turns } from './turns.js';

/** Rows of 2M folios with a smaller share of huge pages get a note. */
const ENOUGH_HUGE = 0.9;

export interface MoveEvents {
  /** Called after each run. The warm-up of a row counts as one. */
  onRun(): void;
  /** Called before the first run, with what will be measured. */
  onCells?(cells: readonly Cell[]): void;
  /** Receives a note for the report. */
  onNote(note: string): void;
}

export interface CellFigures {
  readonly rows: readonly MoveRow[];
  readonly rounds: readonly Round[];
  /** Maximum batches in flight. */
  readonly depth: number;
}

/**
 * Measures every row of one cell. `copyRound` is called once in each round, so that each run is compared with copies of
 * about the same moment. On a noisy host only such ratios hold.
 */
export async function measureCell(
  options: MoveOptions,
  cell: Cell,
  events: MoveEvents,
  copyRound: () => Round,
): Promise<CellFigures> {
  const { layout, seed, warmUp: warmBatches = WARM_BATCHES } = options;
  const { folioSize, bytes } = cell;
  // Gap pages that move take pages of the target, too.
  const taken = layout === 'alternate' ? bytes * memoryFactor(layout) : bytes;
  const ferry = await openFerry({ poolBytes: taken + POOL_SLACK, batchBytes: options.maxBatch });
  let memory: PatternedMemory | undefined;
  try {
    const depth = await tune(ferry, options);
    const [here, there] = ferry.nodeIds as [number, number];
    memory = new PatternedMemory(ferry, bytes * memoryFactor(layout), folioSize, here, seed);
    // In the alternate layout half of the memory moves there first, and fills the pool.
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
        // Threads are slow right after their start.
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
      // The row serial moved page by page. The free pages it left do not form whole page tables.
      if (spec.migrator === 'serial' && specs.length > 1) await warmTrip(ferry, mover, specs.at(-1)!, !back);
      events.onRun();
    }
    // The folios that did not move must not have changed either.
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

/** Migrates to the other node, and back to where the next run begins. */
async function warmTrip(ferry: Ferry, mover: Mover, spec: RowSpec, back: boolean): Promise<void> {
  const [here, there] = ferry.nodeIds as [number, number];
  for (const to of back ? [here, there] : [there, here]) {
    await mover.prepare();
    await mover.move(to, spec);
  }
}

/** The note for memory that is not on pages of the size that its rows name. */
function pageSizeNote(memory: PatternedMemory, folioSize: number, layout: MoveLayout): string | undefined {
  const share = memory.hugeBytes() / memory.bytes;
  const percent = `${Math.round(share * 100)} %`;
  if (folioSize === PMD_SIZE && share < ENOUGH_HUGE) {
    return `only ${percent} of the memory of the 2M rows was on huge pages (see pageferry doctor)`;
  }
  if (folioSize < PMD_SIZE && share > 1 - ENOUGH_HUGE && layout === 'contiguous') {
    return `${percent} of the memory of the ${formatSize(folioSize)} rows was on huge pages`;
  }
  return undefined;
}
