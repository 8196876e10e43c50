import type { Explored, Failure } from '../sim/explore/explore.js';
import { OrderCounter } from '../sim/explore/order-counter.js';
import type { ExploreTask } from './explore-part.js';
import { type Runner, runInOrder } from './runner.js';

/** Maximum schedules of one task, whose orders are in its result. */
const MAX_SCHEDULES = 10_000;
const FIRST_SCHEDULES = 20;

export interface ExploreWalk extends Omit<ExploreTask, 'kind'> {
  readonly runner: Runner;
  /** Called after each part with the schedules so far; true ends the walk. */
  readonly stop: (schedules: number) => boolean;
}

/**
 * A random walk in parts. It finds what `explore` finds in one process: the first schedule that fails is the one with the
 * smallest seed, also if a worker finds another one earlier.
 */
export async function exploreInParts({ runner, stop, ...walk }: ExploreWalk): Promise<Explored> {
  const { scenario, seed, schedules } = walk;
  const orders = new OrderCounter();
  let scheduleMs: number | undefined;
  let decisions = 0;
  let done = 0;
  let failure: Failure | undefined;

  function* tasks(): Generator<ExploreTask> {
    for (let from = 0; from < schedules; ) {
      const fits = scheduleMs === undefined ? FIRST_SCHEDULES : Math.floor(runner.taskMs / scheduleMs);
      const count = Math.min(schedules - from, MAX_SCHEDULES, Math.max(1, fits));
      yield { ...walk, kind: 'explore', seed: (seed + from) >>> 0, schedules: count };
      from += count;
    }
  }

  for await (const { result } of runInOrder(runner, tasks())) {
    done += result.schedules;
    decisions += result.decisions;
    for (const order of result.orders) orders.add(order);
    const mean = result.ms / result.schedules;
    scheduleMs = scheduleMs === undefined ? mean : (3 * scheduleMs + mean) / 4;
    failure = result.failure;
    if (failure !== undefined || stop(done)) break;
  }
  return { scenario, schedules: done, distinct: orders.size, decisions, complete: false, failure };
}
