import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore, replay } from '../../src/sim/explore/explore.js';
import type { ExploredParts } from '../../src/sim/explore/scenario.js';
import { SCENARIOS } from '../../src/sim/explore/scenarios.js';
import {
  AsksOutside,
  ignoresMerges,
  lastOnly,
  ReleasesAtOnce,
  refusesMerges,
  reusesDestinations,
} from './broken/parts.js';
import { zen3 } from './profiles.js';

/** What reviewers found in v4, in which scenario it shows, and as what. */
const RACES: readonly [race: string, scenario: string, invariant: RegExp, parts: ExploredParts][] = [
  [
    'the policy is asked outside of the read section',
    'policy',
    /used after its release/,
    { registry: () => new AsksOutside() },
  ],
  [
    'unregistering releases without waiting',
    'swap',
    /used after its release/,
    { registry: () => new ReleasesAtOnce() },
  ],
  [
    'the last descriptor alone says that all are done',
    'dma',
    /every page is there|reads what was written/,
    { wrapDevice: lastOnly },
  ],
  [
    'a destination is used again after a timeout',
    'late-device',
    /every page is there|reads what was written/,
    { wrapMigrator: reusesDestinations },
  ],
  [
    'a merge by the IOMMU is taken as an error',
    'dma',
    /a healthy device copies/,
    { wrapMapper: refusesMerges },
  ],
  [
    'a merge by the IOMMU is ignored',
    'dma',
    /every page is there|reads what was written|a healthy device copies/,
    { wrapMapper: ignoresMerges },
  ],
];

/** Schedules within which each has to be found. */
const SCHEDULES = 1000;

for (const [race, name, invariant, parts] of RACES) {
  test(`found, and replayed: ${race}`, async (context) => {
    const scenario = SCENARIOS.find((each) => each.name === name)!;
    const options = { profile: zen3(), scenario, parts };
    const { failure, schedules } = await explore({ ...options, seed: 1, schedules: SCHEDULES });
    assert.ok(failure !== undefined, `not found within ${SCHEDULES} schedules`);
    context.diagnostic(`found by schedule ${schedules}`);
    assert.match(failure.violations[0]!.invariant, invariant);
    const again = await replay({ ...options, seed: failure.seed }, failure.choices);
    assert.deepEqual(again, failure);
    const unbroken = await replay({ ...options, parts: {}, seed: failure.seed }, failure.choices);
    assert.equal(unbroken, undefined, 'the same schedule of the real code breaks nothing');
  });
}

test('the real code passes every scenario', async () => {
  for (const scenario of SCENARIOS) {
    const { failure } = await explore({ profile: zen3(), scenario, seed: 1, schedules: 300 });
    assert.equal(failure, undefined, scenario.name);
  }
});
