import { FrequencyPolicy } from '../../policy/frequency.js';
import { FAST, type Policy } from '../../policy/policy.js';
import { RecencyPolicy } from '../../policy/recency.js';
import type { Program } from './program.js';
import { type Scenario, type Stage, scenarios } from './scenario.js';
import { MOVED_PAGES, Visits } from './sim-autopilot.js';
import type { SimFerry, SimRequest } from './sim-ferry.js';
import type { Steps } from './task.js';

const EPOCHS = 3;
const THREADS = 12;
/** Enough for all retries of a move. */
const PINNED_WRITES = 20;

/** Policies that place regions by what access sources see, with the engine and the pipeline. */
export const POLICY_SCENARIOS: readonly Scenario[] = scenarios([
  {
    name: 'policy-places',
    description: 'two regions that policies place while threads write to them and moves are stopped',
    fill(stage) {
      const program = stage.program(32);
      const ferry = stage.ferry(program, { audit: true });
      const visits = new Visits();
      places(stage, ferry, visits, new FrequencyPolicy(), 0);
      places(stage, ferry, visits, new RecencyPolicy({ accesses: 1 }), 16);
      stage.task('writer', visits.steps(program, [5, 9, 21, 26], THREADS));
      stage.task('reader', program.reader([4, 8, 17], 8));
      stage.task('stopper', ferry.owner(stops(ferry, visits)));
    },
  },
  {
    name: 'policy-changes',
    description: 'regions that a policy places while they grow, are found elsewhere, or are released',
    fill(stage) {
      const program = stage.program(48);
      const ferry = stage.ferry(program, { audit: true });
      const visits = new Visits();
      const moved = places(stage, ferry, visits, new RecencyPolicy({ accesses: 1 }), 0, 4);
      const released = places(stage, ferry, visits, new RecencyPolicy({ accesses: 1 }), 32);
      stage.task('grower', ferry.owner(moves(ferry, visits, moved)));
      stage.task('releaser', ferry.owner(releases(ferry, released)));
      stage.task('writer', visits.steps(program, [0, 5, 17, 22, 33, 38], THREADS));
    },
  },
  {
    name: 'policy-pins',
    description: 'a region that a policy places while a device pins pages of it, so that moves fail',
    fill(stage) {
      const program = stage.program(16);
      const ferry = stage.ferry(program, { audit: true });
      const visits = new Visits();
      places(stage, ferry, visits, new RecencyPolicy({ accesses: 1 }), 0, 4);
      stage.task('writer', visits.steps(program, [1, 5, 10], THREADS));
      stage.task('device', ferry.owner(pins(ferry, visits, program, [2, 6, 11])));
    },
  },
  {
    name: 'policy-lies',
    description: 'a policy whose lists break the contract, beside one that keeps it',
    fill(stage) {
      const program = stage.program(32);
      const ferry = stage.ferry(program, { audit: true });
      const visits = new Visits();
      places(stage, ferry, visits, new LyingPolicy(), 0);
      places(stage, ferry, visits, new RecencyPolicy({ accesses: 1 }), 16);
      stage.task('writer', visits.steps(program, [5, 9, 21, 26], THREADS));
    },
  },
]);

/** Adopts 16 pages, and places them. Half of them fit on the fast node. */
function places(
  stage: Stage,
  ferry: SimFerry,
  visits: Visits,
  policy: Policy,
  page: number,
  epochs = EPOCHS,
): number {
  const pages = 16;
  const region = ferry.adopt(page, pages);
  const fastUnits = pages / MOVED_PAGES / 2;
  const autopilot = stage.autopilot({ ferry, region, pages, policy, visits, fastUnits });
  stage.task(`autopilot ${region}`, ferry.owner(autopilot.steps(epochs)));
  return region;
}

/** The region grows. When units of it move, its memory is found elsewhere, where nothing has moved yet. */
function* moves(ferry: SimFerry, visits: Visits, region: number): Steps {
  yield undefined;
  yield ferry.replace(region, 0, 24).answered;
  yield () => visits.over || ferry.requests.some((each) => each.region === region && each.plan !== undefined);
  yield ferry.replace(region, 16, 16).answered;
}

function* releases(ferry: SimFerry, region: number): Steps {
  yield undefined;
  yield undefined;
  yield ferry.release(region).answered;
}

/** Stops the first two moves that it sees in progress. */
function* stops(ferry: SimFerry, visits: Visits): Steps {
  const stopped = new Set<SimRequest>();
  while (stopped.size < 2) {
    const inProgress = (): SimRequest | undefined =>
      ferry.requests.find((each) => each.plan !== undefined && each.order === 0 && !stopped.has(each));
    yield () => visits.over || inProgress() !== undefined;
    const request = inProgress();
    if (request === undefined) return;
    stopped.add(request);
    ferry.abort(request);
  }
}

/** A device pins a page whenever a unit is to move. */
function* pins(ferry: SimFerry, visits: Visits, program: Program, pages: readonly number[]): Steps {
  for (const page of pages) {
    const answered = ferry.requests.length;
    yield () => visits.over || ferry.requests.slice(answered).some(({ plan }) => plan !== undefined);
    if (visits.over) return;
    yield* program.device([page], PINNED_WRITES);
  }
}

/** Promotes one unit more than there is room for, and then moves to a node that does not exist. */
class LyingPolicy implements Policy {
  readonly name = 'lying';
  #calls = 0;

  decide(...[{ nodeOf }, moves]: Parameters<Policy['decide']>): void {
    if (this.#calls++ % 2 === 1) moves.push(0, 7, 'demotion', 1, 0, 0);
    else for (let unit = 0; unit < nodeOf.length; unit++) moves.push(unit, FAST, 'numa_misplaced', 1, 0, 0);
  }
}
