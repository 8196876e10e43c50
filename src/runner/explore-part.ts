import { invalidArgument } from '../common/migration-error.js';
import { type Explored, explore, type Failure } from '../sim/explore/explore.js';
import { RACES } from '../sim/explore/races/races.js';
import { SCENARIOS } from '../sim/explore/scenarios.js';
import type { HardwareProfile } from '../sim/profile/hardware-profile.js';

/** Some random schedules of a scenario. Schedule `at` of a walk has the seed `seed + at`. */
export interface ExploreTask {
  readonly kind: 'explore';
  readonly profile: HardwareProfile;
  /** Name of the scenario. */
  readonly scenario: string;
  /** Name of the inserted race. */
  readonly race?: string;
  /** Seed of the first schedule of this task. */
  readonly seed: number;
  readonly schedules: number;
}

export interface ExploredPart extends Pick<Explored, 'schedules' | 'decisions'> {
  /** Hashes of the orders of steps, for the number of different ones. */
  readonly orders: readonly number[];
  readonly failure?: Failure;
  /** Milliseconds that they took, for the size of the next tasks. */
  readonly ms: number;
}

export async function runExploreTask(task: ExploreTask): Promise<ExploredPart> {
  const { profile, seed, schedules } = task;
  const scenario = SCENARIOS.find(({ name }) => name === task.scenario);
  if (scenario === undefined)
    throw invalidArgument('explore', 'scenario', `unknown scenario '${task.scenario}'`);
  const race = RACES.find(({ name }) => name === task.race);
  const began = performance.now();
  const orders = new Set<number>();
  const { failure, ...found } = await explore({
    profile,
    scenario,
    seed,
    schedules,
    orders,
    ...(race === undefined ? {} : { parts: race.parts }),
  });
  return {
    schedules: found.schedules,
    decisions: found.decisions,
    orders: [...orders],
    ...(failure === undefined ? {} : { failure }),
    ms: performance.now() - began,
  };
}
