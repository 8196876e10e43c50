import { setTimeout } from 'node:timers/promises';
import type { AutopilotReport } from '../../autopilot/autopilot.js';
import { launch } from '../../autopilot/start-autopilot.js';
import { PMD_SIZE } from '../../common/page.js';
import { openFerry } from '../../ferry/open-ferry.js';
import { createPolicy, type PolicyName } from '../../policy/policies.js';
import { runBaseline } from '../../sim/tiering/baselines.js';
import { MigrationCosts } from '../../sim/tiering/migration-costs.js';
import { type RecordedDecision, type RecordedMove, replay } from '../../sim/tiering/replay.js';
import { fastBytesOf, roomsOf, runPolicy } from '../../sim/tiering/tiering.js';
import { monotonicMs } from '../heat/clock.js';
import { KnownLoad } from '../heat/known-load.js';
import type { ProgramName } from '../heat/options.js';
import { allocateFor, damageOf, prepare } from '../heat/programs.js';
import { accessesBetween, allAccesses, SLICE_MS } from '../heat/truth.js';
import { type CountedHeat, countedProgram, firstUnits } from './counted-program.js';
import { HEADROOM_PART, type TieringBenchOptions } from './options.js';
import { PlaceLog } from './place-log.js';
import type { TieringBenchRow } from './report.js';

/** Unmeasured: code is compiled, and caches fill. */
const WARM_MS = 1000;
/** The program runs without the autopilot. */
const ALONE_MS = 2000;
const LOOK_MS = 100;
/** The time in which `referenced` sees accesses at first. It adapts. */
const WATCH_MS = 20;
const [FAST, SLOW] = [0, 1];
const [WARM, ALONE, FLOWN] = [0, 1, 2];

export interface BenchNodes {
  readonly fastNuma: number;
  readonly slowNuma: number;
  /** Undefined: the autopilot measures them. */
  readonly accessNs: readonly [number, number] | undefined;
}

/** Runs a program with a policy on real memory, and the same accesses with it in the simulator. */
export async function measurePolicy(
  options: TieringBenchOptions,
  { fastNuma, slowNuma, accessNs }: BenchNodes,
  program: ProgramName,
  policy: PolicyName,
): Promise<{ readonly row: TieringBenchRow; readonly nodes: AutopilotReport['nodes'] }> {
  const { bytes, fastPercent, seconds, epochMs, cpuShare, maxPauseMs, loadThreads, seed } = options;
  const fastBytes = fastBytesOf(
    { bytes, unitBytes: PMD_SIZE } as Parameters<typeof fastBytesOf>[0],
    fastPercent / 100,
  );
  const ferry = await openFerry({
    nodes: [
      { id: FAST, numaNode: fastNuma, capacityBytes: fastBytes },
      { id: SLOW, numaNode: slowNuma },
    ],
  });
  let load: KnownLoad | undefined;
  try {
    const buffer = allocateFor(program, bytes);
    const region = ferry.adopt(buffer, { node: SLOW });
    const origin = region.migratable[0]!.offset;
    const memory = { name: program, memory: buffer, origin, bytes, seed };
    prepare(memory);
    // As first touch: by rising address, up to the headroom.
    const headroom = Math.ceil(fastBytes * HEADROOM_PART);
    const touched = Math.floor((fastBytes - headroom) / PMD_SIZE) * PMD_SIZE;
    await region.migrate({ to: SLOW });
    await region.migrate({ to: FAST, offset: origin, length: touched });
    const beganMs = monotonicMs();
    const now = (): number => monotonicMs() - beganMs;
    const runMs = seconds * 1000;
    load = await KnownLoad.start(memory, {
      threads: loadThreads,
      phases: FLOWN + 1,
      units: bytes / PMD_SIZE,
      slices: Math.ceil((2 * (WARM_MS + ALONE_MS + runMs)) / SLICE_MS),
      beganMs,
    });
    const log = new PlaceLog(region, bytes, FAST);
    const fly = async (running: KnownLoad) => {
      running.enter(WARM);
      await setTimeout(WARM_MS);
      running.enter(ALONE);
      await setTimeout(ALONE_MS);
      running.enter(FLOWN);
      const fromMs = now();
      const decisions: Noted[] = [];
      const autopilot = launch(
        ferry,
        {
          policy,
          epochMs,
          cpuShare,
          maxPauseMs,
          headroom: HEADROOM_PART,
          bytesPerSecond: 2 ** 32,
          actuators: { hugePages: false, pageOut: false },
          ...(accessNs === undefined ? {} : { accessNs }),
        },
        undefined,
        undefined,
        {
          decides: (input) =>
            void decisions.push({
              atMs: now(),
              input: firstUnits(input, bytes / PMD_SIZE),
              moves: [],
              cut: false,
            }),
          moved: (moved, target) => {
            const { atMs, moves } = decisions.at(-1)!;
            moves.push({ afterMs: now() - atMs, bytes: moved, promotes: target === FAST });
          },
          cut: () => {
            decisions.at(-1)!.cut = true;
          },
        },
      );
      await log.look(now);
      while (now() < fromMs + runMs) {
        await setTimeout(LOOK_MS);
        await log.look(now);
      }
      const toMs = now();
      await autopilot.stop();
      return { fromMs, toMs, report: autopilot.report(), decisions };
    };
    const { fromMs, toMs, report, decisions } = await load.during(fly(load));
    const { wrong, updates } = await load.stop();
    const damaged = damageOf(memory, updates);
    // Now, as garbage collection would be too late for the next program.
    await region.advise(0, origin + bytes, 'dead');
    const [alone, flown] = [load.phase(ALONE), load.phase(FLOWN)];
    const accesses = [WARM, ALONE, FLOWN].reduce((sum, phase) => sum + load!.phase(phase).accesses, 0);
    const nsPerAccess = (1e9 * loadThreads) / flown.perSecond;
    const tookMs = report.epochs === 0 ? epochMs : report.elapsedMs / report.epochs;
    const heat = {
      name: program,
      bytes,
      threads: loadThreads,
      counts: load.counts,
      fromMs,
      toMs,
      nsPerAccess,
    };
    if (report.state !== 'stopped') throw new Error(`the autopilot has failed: ${report.problem}`);
    const row: TieringBenchRow = {
      program,
      policy,
      hitRatio: log.hitRatio(load.counts, fromMs, toMs),
      ...simulated({ ...options, epochMs: tookMs }, policy, heat, decisions),
      estimatedHitRatio: report.hitRatio,
      ...acted(report),
      offP50us: alone.times.percentile(50) / 1000,
      onP50us: flown.times.percentile(50) / 1000,
      offP99us: alone.times.percentile(99) / 1000,
      onP99us: flown.times.percentile(99) / 1000,
      offP999us: alone.times.percentile(99.9) / 1000,
      onP999us: flown.times.percentile(99.9) / 1000,
      offMaxus: alone.times.maxNs / 1000,
      onMaxus: flown.times.maxNs / 1000,
      offPerSecond: alone.perSecond,
      onPerSecond: flown.perSecond,
      accesses,
      wrongValues: wrong,
      damaged,
      verified: wrong === 0 && damaged === 0 && accesses === allAccesses(load.counts),
    };
    return { row, nodes: report.nodes };
  } finally {
    // Pages first: a thread that waits for a page cannot be ended.
    await ferry.close();
    await load?.close();
  }
}

/** A decision, of which the moves follow. */
interface Noted extends RecordedDecision {
  readonly moves: RecordedMove[];
  cut: boolean;
}

function acted(report: AutopilotReport) {
  const { moves, pingPongs, refused, pauses, batchBytes, cpuNs, elapsedMs, epochs } = report;
  const bytesTo = (node: number): number =>
    moves.reduce((sum, { to, bytes }) => sum + (to === node ? bytes : 0), 0);
  const percent = (ns: number): number => (100 * ns) / (elapsedMs * 1e6);
  return {
    epochs,
    promotedBytes: bytesTo(FAST),
    demotedBytes: bytesTo(SLOW),
    pingPongs: pingPongs.units,
    refused,
    pauseP999ms: pauses.p999Ns / 1e6,
    pauseMaxms: pauses.maxNs / 1e6,
    batchBytes,
    watchPercent: percent(cpuNs.watching),
    movePercent: percent(cpuNs.moving),
  };
}

/** The hit ratios in the simulator. */
function simulated(
  options: TieringBenchOptions,
  policy: PolicyName,
  heat: CountedHeat,
  decisions: readonly RecordedDecision[],
) {
  const { machine, costs, epochMs, fastPercent, seed } = options;
  const setup = { migrator: 'baseline', channels: 1, threads: 1, folio: 4096, batchBytes: 2 ** 18 } as const;
  const settings = {
    machine,
    program: countedProgram(heat),
    costs: new MigrationCosts(machine, costs, setup, seed),
    fastPart: fastPercent / 100,
    headroomPart: HEADROOM_PART,
    lengthMs: heat.toMs - heat.fromMs,
    epochMs,
    watchMs: Math.min(epochMs, WATCH_MS),
    // As region.heat by default.
    halfLifeMs: 1000,
    freeCpus: 0,
    seed,
  };
  const { program } = settings;
  const { counts, fromMs, toMs } = heat;
  return {
    replayHitRatio: replay(createPolicy(policy), {
      program,
      rooms: roomsOf(settings),
      decisions,
      fromMs,
      toMs,
      sliceMs: SLICE_MS,
      accesses: (from, to) => accessesBetween(counts, from, to),
    }).hitRatio,
    simHitRatio: runPolicy(createPolicy(policy), settings).hitRatio,
    firstTouchHitRatio: runBaseline('first touch', settings).hitRatio,
    oracleHitRatio: runBaseline('oracle', settings).hitRatio,
  };
}
