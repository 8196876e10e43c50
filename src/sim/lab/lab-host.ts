import { createPolicy } from '../../policy/policies.js';
import { breakeven } from '../experiments/breakeven.js';
import { callerBatch } from '../experiments/caller-batch.js';
import { runMove } from '../experiments/move.js';
import { explore } from '../explore/explore.js';
import { RACES } from '../explore/races/races.js';
import { SCENARIOS } from '../explore/scenarios.js';
import { tellStory } from '../explore/story.js';
import { BASELINES, runBaseline } from '../tiering/baselines.js';
import { MigrationCosts } from '../tiering/migration-costs.js';
import { createProgram } from '../tiering/programs/programs.js';
import { runPolicy } from '../tiering/tiering.js';
import { TIERING_UNIT_BYTES, tieringSettings } from '../tiering/tiering-options.js';
import { readTiers } from '../tiering/tiers.js';
import type {
  BreakevenRequest,
  LabEvent,
  LabRequest,
  RaceFound,
  RaceRequest,
  SurfaceRequest,
  TieringRequest,
} from './lab-protocol.js';
import { readCells, runLabSweep } from './sweep-session.js';
import { ZoneSession } from './zone-session.js';

type Tell = (event: LabEvent) => void;

/** Schedules between two messages about the search. */
const TELLS_EVERY = 20;

/** Serves the lab's requests by running simulations, as the commands `pageferry sim` and `explore` do. */
export class LabHost {
  #zone: ZoneSession | undefined;

  /** @throws MigrationError EINVAL for a request that no machine of the profile can run. */
  async run(request: LabRequest, tell: Tell): Promise<void> {
    switch (request.kind) {
      case 'surface':
        return surface(request, tell);
      case 'breakeven':
        return evenPoints(request, tell);
      case 'zone':
        this.#zone = new ZoneSession(request.cell, request.settings);
        return tell({ kind: 'zone', frame: this.#zone.advance(0) });
      case 'advance':
        if (this.#zone === undefined) throw new Error('advance: call zone first');
        return tell({ kind: 'zone', frame: this.#zone.advance(request.steps) });
      case 'tiering':
        return tiering(request, tell);
      case 'sweep':
        return runLabSweep(request, (report) => tell({ kind: 'swept', report }));
      case 'cells':
        return readCells(request, (report) => tell({ kind: 'swept', report }));
      case 'race':
        return tell(await search(request, tell));
    }
  }
}

function surface({ cells, settings }: SurfaceRequest, tell: Tell): void {
  for (const cell of cells) {
    const { batchPages } = cell;
    const figures = runMove(cell.cell, { ...settings, ...(batchPages === undefined ? {} : { batchPages }) });
    tell({ kind: 'cell', cell, figures });
  }
}

function evenPoints({ folios, settings }: BreakevenRequest, tell: Tell): void {
  for (const folio of folios) tell({ kind: 'breakeven', row: breakeven(folio, settings) });
  tell({ kind: 'caller', caller: callerBatch(folios[0]!, settings) ?? null });
}

function tiering(request: TieringRequest, tell: Tell): void {
  const { setup, policies, options, memory: bytes } = request;
  const { seed } = options;
  const machine = readTiers(request.machine);
  const size = { bytes, unitBytes: TIERING_UNIT_BYTES, threads: machine.cpus, seed };
  const costs = new MigrationCosts(machine, request.costs, setup, seed);
  const settings = { ...tieringSettings(machine, createProgram(request.program, size), options), costs };
  for (const placement of BASELINES) {
    tell({ kind: 'placed', placement, figures: runBaseline(placement, settings) });
  }
  for (const placement of policies) {
    tell({ kind: 'placed', placement, figures: runPolicy(createPolicy(placement), settings) });
  }
}

async function search({ race: name, profile, seed, schedules }: RaceRequest, tell: Tell): Promise<RaceFound> {
  const race = RACES.find((each) => each.name === name);
  const scenario = SCENARIOS.find((each) => each.name === race?.scenario);
  if (race === undefined || scenario === undefined) throw new Error(`unknown race '${name}'`);
  const options = { profile, scenario, seed, parts: race.parts };
  let searched = 0;
  const found = await explore({
    ...options,
    schedules,
    stop: () => {
      if (++searched % TELLS_EVERY === 0) tell({ kind: 'searched', schedules: searched });
      return false;
    },
  });
  const { failure } = found;
  if (failure === undefined) return { kind: 'race', schedules: found.schedules, broken: null, real: null };
  const again = { ...options, seed: failure.seed };
  return {
    kind: 'race',
    schedules: found.schedules,
    broken: await tellStory(again, failure.choices),
    real: await tellStory({ ...again, parts: {} }, failure.choices),
  };
}
