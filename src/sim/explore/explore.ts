import { readOptions } from '../../common/check-options.js';
import type { Violation } from '../../mm/audit/machine-books.js';
import { MemoryPool } from '../hardware/memory-pool.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';
import { type Chooser, nextSchedule, RandomChooser, Recorder, ReplayChooser } from './chooser.js';
import { checkAftermath } from './invariants.js';
import { OrderCounter } from './order-counter.js';
import type { ExploredParts, Scenario, Stage } from './scenario.js';
import { Scheduler, type ScheduleWatch } from './scheduler.js';
import type { TraceStep } from './task.js';

/**
 * Options of {@link explore}.
 * @see {@link explore} for an example
 */
export interface ExploreOptions {
  /** The costs of the machine. */
  readonly profile: HardwareProfile;
  /** One of {@link SCENARIOS}, or one of yours. */
  readonly scenario: Scenario;
  /** The seed of the random walk and of the hardware. */
  readonly seed: number;
  /** Maximum number of schedules. */
  readonly schedules: number;
  /** Runs all schedules with at most this many preemptions, instead of random ones. */
  readonly preemptions?: number;
  /** Broken parts, to see whether they are found. */
  readonly parts?: ExploredParts;
  /** Called after every schedule; true ends the search. */
  readonly stop?: () => boolean;
  /** Gets the hash of each schedule's order of steps, from which {@link Explored.distinct} follows. */
  readonly orders?: Set<number>;
}

const OPTIONS = [
  'profile',
  'scenario',
  'seed',
  'schedules',
  'preemptions',
  'parts',
  'stop',
  'orders',
] as const;

/**
 * A schedule that breaks an invariant.
 * @see {@link explore} for an example
 */
export interface Failure {
  /** Name of the scenario. */
  readonly scenario: string;
  /** The seed of the hardware's decisions; the schedule belongs to it. */
  readonly seed: number;
  /** The decisions of the schedule, for {@link replay}. */
  readonly choices: readonly number[];
  /** The invariants that are violated. */
  readonly violations: readonly Violation[];
  /** The steps of the schedule. */
  readonly trace: readonly TraceStep[];
}

/**
 * The result of {@link explore}.
 * @see {@link explore} for an example
 */
export interface Explored {
  /** Name of the scenario. */
  readonly scenario: string;
  /** Schedules that were run. */
  readonly schedules: number;
  /** Different orders of steps among them. */
  readonly distinct: number;
  /** Decisions of all schedules together. */
  readonly decisions: number;
  /** The systematic walk has run every schedule. */
  readonly complete: boolean;
  /** The first schedule that violates an invariant. */
  readonly failure: Failure | undefined;
}

interface Run {
  readonly choices: readonly number[];
  readonly recorder: Recorder;
  readonly violations: readonly Violation[];
  readonly trace: readonly TraceStep[];
}

/**
 * Runs schedules of a scenario until one breaks an invariant, or until `schedules` have run.
 *
 * @example
 * ```ts
 * // For `profile`, see readProfile.
 * import { explore, SCENARIOS } from 'pageferry/sim';
 *
 * const { schedules, failure } = await explore({ profile, scenario: SCENARIOS[0]!, seed: 1, schedules: 20 });
 * console.log(schedules, failure); // 20 undefined
 * ```
 */
export async function explore(options: ExploreOptions): Promise<Explored> {
  readOptions('explore', options, OPTIONS, 'unknown option', 'options');
  const { scenario, seed, schedules, preemptions, stop } = options;
  const seen = options.orders ?? new OrderCounter();
  let decisions = 0;
  let count = 0;
  let complete = false;
  let failure: Failure | undefined;
  const pool = new MemoryPool();
  let prefix: number[] | undefined = [];
  while (count < schedules && failure === undefined) {
    // A random walk varies the hardware as well.
    const hardware = preemptions === undefined ? (seed + count) >>> 0 : seed;
    const chooser: Chooser =
      preemptions === undefined ? new RandomChooser((seed + count) >>> 0) : new ReplayChooser(prefix!);
    const run = await runSchedule({ ...options, pool }, hardware, chooser);
    count++;
    decisions += run.choices.length;
    seen.add(hashOf(run.trace));
    if (run.violations.length > 0) failure = await minimise(options, hardware, run);
    if (preemptions !== undefined) {
      prefix = nextSchedule(run.recorder.decisions, preemptions);
      if (prefix === undefined) {
        complete = failure === undefined;
        break;
      }
    }
    if (stop?.() === true) break;
  }
  return { scenario: scenario.name, schedules: count, distinct: seen.size, decisions, complete, failure };
}

/**
 * Runs one schedule again, with the observer that `watch` makes. Undefined when it violates nothing.
 * @see {@link explore} for an example
 */
export async function replay(
  options: Omit<ExploreOptions, 'schedules'>,
  choices: readonly number[],
  watch?: (stage: Stage) => ScheduleWatch,
): Promise<Failure | undefined> {
  return (await replayed(options, choices, watch)).failure;
}

/** The same, with the decisions. */
export async function replayed(
  options: Omit<ExploreOptions, 'schedules'>,
  choices: readonly number[],
  watch?: (stage: Stage) => ScheduleWatch,
): Promise<Explored> {
  readOptions<Partial<ExploreOptions>>('replay', options, OPTIONS, 'unknown option', 'options');
  const { scenario, seed } = options;
  const run = await runSchedule(options, seed, new ReplayChooser(choices), watch);
  const failure = run.violations.length === 0 ? undefined : failureOf(scenario, seed, run);
  const decisions = run.choices.length;
  return { scenario: scenario.name, schedules: 1, distinct: 1, decisions, complete: false, failure };
}

interface ScheduleOptions extends Pick<ExploreOptions, 'profile' | 'scenario' | 'parts'> {
  /** Where the memory of the machine comes from. */
  readonly pool?: MemoryPool;
}

async function runSchedule(
  { profile, scenario, parts = {}, pool }: ScheduleOptions,
  seed: number,
  chooser: Chooser,
  watch?: (stage: Stage) => ScheduleWatch,
): Promise<Run> {
  const recorder = new Recorder(chooser);
  const stage = scenario.build({ profile, seed, parts, pool });
  const { sim, programs, migrators, ferries, stats, tasks } = stage;
  const end = await new Scheduler(sim, recorder, tasks, watch?.(stage)).run();
  const violations = checkAftermath({
    sim,
    end,
    programs,
    migrators,
    ferries,
    stats,
    healthy: scenario.healthy,
  });
  // After a violation something may still use the memory. Otherwise all tasks and the hardware are done.
  if (violations.length === 0) sim.release();
  return { choices: recorder.choices, recorder, violations, trace: end.trace };
}

/** Removes the decisions that the failure does not need, to make it readable. */
async function minimise(options: ExploreOptions, seed: number, found: Run): Promise<Failure> {
  const { invariant } = found.violations[0]!;
  let best = found;
  for (let at = found.choices.length - 1; at >= 0; at--) {
    if (best.choices[at] === undefined || best.choices[at] === 0) continue;
    const fewer = [...best.choices];
    fewer[at] = 0;
    const run = await runSchedule(options, seed, new ReplayChooser(fewer));
    if (run.violations.some((violation) => violation.invariant === invariant)) best = run;
  }
  return failureOf(options.scenario, seed, best);
}

function failureOf(scenario: Scenario, seed: number, run: Run): Failure {
  const { choices, violations, trace } = run;
  return { scenario: scenario.name, seed, choices, violations, trace };
}

function hashOf(trace: readonly TraceStep[]): number {
  let hash = 0x811c9dc5;
  for (const { task, within = '', point = '' } of trace) {
    for (const text of [task, within, point]) {
      for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
      hash = Math.imul(hash ^ 0x2f, 0x01000193);
    }
  }
  return hash >>> 0;
}
