import type { Ferry } from '../../ferry/ferry.js';
import { openFerry } from '../../ferry/open-ferry.js';
import { PMD_SIZE } from '../../mm/page.js';
import { sample, seededRandom } from '../random.js';
import { formatSize } from '../size.js';
import { gigabytesPerSecond, summarize } from '../summary.js';
import { contiguousMover, type Mover, type Run, scatteredMover } from './mover.js';
import { type MoveMigrator, type MoveOptions, memoryFactor } from './options.js';
import { PatternedMemory } from './patterned-memory.js';
import type { MoveRow } from './report.js';
import { turns } from './turns.js';

/** Beyond the bytes moved: partly filled chunks of the pools. */
const POOL_SLACK = 64 * 2 ** 20;
/** Less than this share on huge pages, and the 2M rows are not about huge pages. */
const ENOUGH_HUGE = 0.9;

export interface MoveEvents {
  /** After each run, the two that warm up included. */
  onRun(): void;
  /** Something that a reader of the figures must know. */
  onNote(note: string): void;
}

/**
 * Measures every migrator with folios of one size; a row for each. `copyPlainly` takes its turn once a round, so
 * that each run can be compared with a plain copy of about the same moment: on a noisy host only such ratios hold.
 */
export async function moveFolios(
  options: MoveOptions,
  folioSize: number,
  events: MoveEvents,
  copyPlainly: () => number,
): Promise<MoveRow[]> {
  const { bytes, layout, seed } = options;
  const ferry = await openFerry({ poolWatermark: bytes + POOL_SLACK });
  let memory: PatternedMemory | undefined;
  try {
    const [here, there] = ferry.nodeIds as [number, number];
    memory = new PatternedMemory(ferry, bytes * memoryFactor(layout), folioSize, here, seed);
    await ferry.stock({ node: there, bytes: bytes + PMD_SIZE, folioSize });
    const mover = moverOf(options, ferry, memory, folioSize);
    for (const to of [there, here]) {
      await mover.move(to, 'baseline');
      events.onRun();
    }
    notePageSize(memory, folioSize, layout, events);

    const runs = new Map<MoveMigrator, Run[]>(options.migrators.map((migrator) => [migrator, []]));
    const copies: number[] = [];
    const damaged = new Set<MoveMigrator>();
    for (const [i, { row: migrator, back }] of turns(options.migrators, options.runs).entries()) {
      if (i % options.migrators.length === 0) copies.push(copyPlainly());
      if (migrator === 'cpu') await ferry.registerMigrator({ name: 'cpu' });
      runs.get(migrator)!.push(await mover.move(back ? here : there, migrator));
      if (migrator === 'cpu') await ferry.unregisterMigrator('cpu');
      if (!mover.verify()) damaged.add(migrator);
      events.onRun();
    }
    // What did not move must not have changed either.
    const whole = layout === 'contiguous' || memory.verify();
    return options.migrators.map((migrator) =>
      rowOf(options, folioSize, migrator, runs.get(migrator)!, copies, whole && !damaged.has(migrator)),
    );
  } finally {
    await ferry.close();
    memory?.discard();
  }
}

function moverOf(options: MoveOptions, ferry: Ferry, memory: PatternedMemory, folioSize: number): Mover {
  if (options.layout === 'contiguous') return contiguousMover(memory);
  const folios = options.bytes / folioSize;
  const picked = sample(seededRandom(options.seed), folios * memoryFactor(options.layout), folios);
  return scatteredMover(
    ferry,
    memory,
    Float64Array.from(picked, (folio) => memory.offsetOf(folio * folioSize)),
    folioSize,
  );
}

function notePageSize(memory: PatternedMemory, folioSize: number, layout: string, events: MoveEvents): void {
  const share = memory.hugeShare();
  const percent = `${Math.round(share * 100)} %`;
  if (folioSize === PMD_SIZE && share < ENOUGH_HUGE) {
    events.onNote(`only ${percent} of the memory of the 2M rows was on huge pages (see pageferry doctor)`);
  }
  if (folioSize < PMD_SIZE && share > 1 - ENOUGH_HUGE && layout === 'contiguous') {
    events.onNote(`${percent} of the memory of the ${formatSize(folioSize)} rows was on huge pages`);
  }
}

function rowOf(
  { bytes, layout, runs }: MoveOptions,
  folioSize: number,
  migrator: MoveMigrator,
  done: readonly Run[],
  copies: readonly number[],
  verified: boolean,
): MoveRow {
  const speeds = done.map(({ bytesMoved, durationNs }) => gigabytesPerSecond(bytesMoved, durationNs));
  const speed = summarize(speeds);
  const sum = (of: (run: Run) => number) => done.reduce((total, run) => total + of(run), 0);
  return {
    folio: formatSize(folioSize),
    migrator,
    channels: 1,
    layout,
    bytes,
    runs,
    medianGBps: speed.median,
    minGBps: speed.min,
    maxGBps: speed.max,
    medianOfCopy: summarize(speeds.map((each, round) => each / copies[round]!)).median,
    foliosMoved: sum((run) => run.foliosMoved),
    foliosFailed: sum((run) => run.foliosFailed),
    verified,
  };
}
