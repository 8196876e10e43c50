import { setTimeout } from 'node:timers/promises';
import { PMD_SIZE } from '../../common/page.js';
import type { Ferry } from '../../ferry/ferry.js';
import type { HeatOptions } from '../../ferry/heat.js';
import { openFerry } from '../../ferry/open-ferry.js';
import type { Region } from '../../ferry/region.js';
import type { HeatSnapshot } from '../../heat/heat-snapshot.js';
import { hottest } from '../../heat/hottest.js';
import { monotonicMs } from './clock.js';
import type { HeatRun, Shot } from './heat-figures.js';
import { HotSetPath, MOVE_MS } from './hot-set.js';
import { KnownLoad } from './known-load.js';
import type { ProgramMemory } from './known-program.js';
import type { Move } from './lag.js';
import { type HeatBenchOptions, HOT_SHARE, type ProgramName, type SourceName } from './options.js';
import { allocateFor, damageOf, prepare } from './programs.js';
import { hottestShare } from './score.js';
import { accessesBetween, allAccesses, SLICE_MS } from './truth.js';

/** Unmeasured: code is compiled, and caches fill. */
const WARM_MS = 1000;
/** The source runs, but is not measured yet: it knows nothing at first. */
const SETTLE_MS = 5000;
/** Of a slice with the source or without it, at least. */
const MIN_SLICE_MS = 1000;
/** Truth about a hot set that moves is of a time that is not shorter. */
const MIN_TRUTH_MS = 4 * SLICE_MS;

/** The phases of a run. The slices with the source and without it follow. */
const [WARM, SETTLE, SEEN, FIRST_SLICE] = [0, 1, 2, 3];

/** Runs a program, and watches it by a source. @throws MigrationError when this host cannot. */
export async function measureProgram(
  options: HeatBenchOptions,
  program: ProgramName,
  source: SourceName,
): Promise<HeatRun> {
  const ferry = await openFerry();
  let load: KnownLoad | undefined;
  try {
    const { region, memory } = adoptFor(ferry, options, program);
    prepare(memory);
    const plan = slicesOf(options);
    const beganMs = monotonicMs();
    load = await KnownLoad.start(memory, {
      threads: options.loadThreads,
      phases: FIRST_SLICE + 2 * plan.rounds,
      units: options.bytes / PMD_SIZE,
      slices: Math.ceil((2 * plan.totalMs) / SLICE_MS),
      beganMs,
    });
    const watch = new Watch(region, memory, source, options.intervalMs, beganMs);
    const seen = await load.during(observe(load, watch, options));
    const rounds = await load.during(compareSlices(load, watch, plan));
    const { wrong, updates } = await load.stop();
    const damaged = damageOf(memory, updates);
    // Now, as garbage collection would be too late for the next program.
    await region.advise(0, memory.origin + memory.bytes, 'dead');
    const phases = Array.from({ length: FIRST_SLICE + 2 * plan.rounds }, (_, i) => load!.phase(i));
    return {
      program,
      source,
      sees: watch.sees!,
      ...seen,
      rounds: rounds.map(({ off, on }) => ({ off: load!.phase(off), on: load!.phase(on) })),
      accesses: phases.reduce((sum, { accesses }) => sum + accesses, 0),
      counted: allAccesses(load.counts),
      wrongValues: wrong,
      damaged,
    };
  } finally {
    // Pages first: a thread that waits for a page cannot be ended.
    await ferry.close();
    await load?.close();
  }
}

/** Adopts memory for a program. The units of its region are those of the program. */
function adoptFor(
  ferry: Ferry,
  { bytes, seed }: HeatBenchOptions,
  name: ProgramName,
): { readonly region: Region; readonly memory: ProgramMemory } {
  const buffer = allocateFor(name, bytes);
  const region = ferry.adopt(buffer);
  const origin = region.migratable[0]!.offset;
  return { region, memory: { name, memory: buffer, origin, bytes, seed } };
}

interface SlicePlan {
  /** Snapshots of a slice with the source. */
  readonly snapshots: number;
  readonly sliceMs: number;
  /** Each has a slice without the source, and one with it. */
  readonly rounds: number;
  /** Of the whole run. */
  readonly totalMs: number;
}

function slicesOf({ seconds, intervalMs }: HeatBenchOptions): SlicePlan {
  const snapshots = Math.ceil(MIN_SLICE_MS / intervalMs);
  const sliceMs = snapshots * intervalMs;
  const rounds = Math.max(2, Math.round((seconds * 1000) / (2 * sliceMs)));
  const totalMs = WARM_MS + SETTLE_MS + seconds * 1000 + intervalMs + 2 * rounds * sliceMs;
  return { snapshots, sliceMs, rounds, totalMs };
}

/** The first part: what the source sees. */
async function observe(
  load: KnownLoad,
  watch: Watch,
  { seconds, intervalMs }: HeatBenchOptions,
): Promise<Pick<HeatRun, 'shots' | 'truthOf' | 'moves'>> {
  load.enter(WARM);
  await setTimeout(WARM_MS);
  load.enter(SETTLE);
  const measureMs = seconds * 1000;
  const settledAt = watch.now() + Math.min(SETTLE_MS, measureMs);
  const taken: (Shot & { readonly snapshotMs: number })[] = [];
  for await (const shot of watch.shots()) {
    const first = taken[0];
    if (first === undefined && shot.atMs < settledAt) continue;
    if (first === undefined) load.enter(SEEN);
    taken.push(shot);
    if (first !== undefined && shot.atMs - first.atMs >= measureMs) break;
  }
  const shots = watch.onProgramClock(taken);
  const [fromMs, toMs] = [shots[0]!.atMs, shots.at(-1)!.atMs];
  const moves = watch.memory.name === 'hot-set' ? movesOf(watch.memory, fromMs, toMs) : undefined;
  const whole = accessesBetween(load.counts, fromMs, toMs);
  const truthOf = (shot: number) => {
    if (moves === undefined) return whole;
    const { atMs } = shots[shot]!;
    return accessesBetween(load.counts, atMs - Math.max(intervalMs, MIN_TRUTH_MS), atMs);
  };
  return { shots, truthOf, moves };
}

function movesOf({ bytes, seed }: ProgramMemory, fromMs: number, toMs: number): Move[] {
  const path = new HotSetPath(bytes / PMD_SIZE, seed);
  const moves: Move[] = [];
  for (let move = Math.max(1, Math.ceil(fromMs / MOVE_MS)); move * MOVE_MS < toMs; move++) {
    moves.push({ atMs: move * MOVE_MS, from: path.startAfter(move), length: path.length });
  }
  return moves;
}

/** The second part: what the source costs. Slices with it and without it take turns, in another order each round. */
async function compareSlices(
  load: KnownLoad,
  watch: Watch,
  { rounds, snapshots, sliceMs }: SlicePlan,
): Promise<{ readonly off: number; readonly on: number }[]> {
  const numbers = Array.from({ length: rounds }, (_, round) => {
    const off = FIRST_SLICE + 2 * round;
    return { off, on: off + 1 };
  });
  for (const [round, { off, on }] of numbers.entries()) {
    for (const phase of round % 2 === 0 ? [off, on] : [on, off]) {
      load.enter(phase);
      if (phase === off) await setTimeout(sliceMs);
      else await watch.forSnapshots(snapshots);
    }
  }
  return numbers;
}

/** Snapshots of a program's memory by one source. */
class Watch {
  readonly memory: ProgramMemory;
  /** The accesses that the source can see. Known after the first snapshot. */
  sees: HeatSnapshot['sees'] | undefined;
  readonly #region: Region;
  readonly #options: HeatOptions;
  readonly #beganMs: number;
  /** The least difference of the two clocks that was seen. It includes the time that a message takes. */
  #clockMs = Number.POSITIVE_INFINITY;

  constructor(
    region: Region,
    memory: ProgramMemory,
    source: SourceName,
    intervalMs: number,
    beganMs: number,
  ) {
    this.#region = region;
    this.memory = memory;
    this.#options = { source, intervalMs };
    this.#beganMs = beganMs;
  }

  /** Milliseconds since the program began. */
  now(): number {
    return monotonicMs() - this.#beganMs;
  }

  /** Snapshots with the time of their arrival. */
  async *shots(): AsyncGenerator<Shot & { readonly snapshotMs: number }, void, undefined> {
    const units = this.memory.bytes / PMD_SIZE;
    for await (const { snapshot, cost } of this.#region.heat(this.#options)) {
      const atMs = this.now();
      this.#clockMs = Math.min(this.#clockMs, atMs - snapshot.atMs);
      this.sees = snapshot.sees;
      // The region may have a page more.
      const rate = snapshot.rate.subarray(0, units);
      if (rate.length < units) throw new Error('the region is smaller than the memory of the program');
      yield {
        atMs,
        snapshotMs: snapshot.atMs,
        hottest: hottest({ ...snapshot, rate }, HOT_SHARE),
        seenShare: hottestShare(rate),
        cost,
      };
    }
    throw new Error('the snapshots ended early');
  }

  /** The shots at the moments of their snapshots. */
  onProgramClock(shots: readonly (Shot & { readonly snapshotMs: number })[]): Shot[] {
    return shots.map(({ snapshotMs, ...shot }) => ({ ...shot, atMs: snapshotMs + this.#clockMs }));
  }

  /** Runs the source for so many snapshots. */
  async forSnapshots(count: number): Promise<void> {
    let taken = 0;
    for await (const _ of this.#region.heat(this.#options)) if (++taken === count) return;
    throw new Error('the snapshots ended early');
  }
}
