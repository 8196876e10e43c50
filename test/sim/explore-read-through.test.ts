import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore, replay } from '../../src/sim/explore/explore.js';
import type { ExploredParts } from '../../src/sim/explore/scenario.js';
import { SCENARIOS } from '../../src/sim/explore/scenarios.js';
import { reusesDestinations } from './broken/parts.js';
import {
  ForgetsGuardFlush,
  ForgetsSwapFlush,
  ForgetsUnguard,
  KeepsMarks,
  LeavesCompareOut,
  LeavesRecheckOut,
} from './broken/read-through.js';
import { zen3 } from './profiles.js';

const CONTENT = /every page is there|reads what was written/;

/** What can be left out of a read-through copy, in which scenario it shows, and as what. */
const RACES: readonly [race: string, scenario: string, invariant: RegExp, parts: ExploredParts][] = [
  [
    'no flush after the protection',
    'read-through',
    CONTENT,
    { wrapMachine: (machine) => new ForgetsGuardFlush(machine) },
  ],
  [
    'no flush after the swap',
    'read-through',
    CONTENT,
    { wrapMachine: (machine) => new ForgetsSwapFlush(machine) },
  ],
  [
    'nobody asks whether the protection has held',
    'read-through-drops',
    CONTENT,
    { wrapMachine: (machine) => new LeavesRecheckOut(machine) },
  ],
  [
    'a folio that is retried keeps the mark of its copy',
    'read-through-retries',
    CONTENT,
    { wrapMachine: (machine) => new KeepsMarks(machine) },
  ],
  [
    'what stays keeps its protection',
    'read-through-pins',
    /no protection is left|sleeps for ever/,
    { wrapMachine: (machine) => new ForgetsUnguard(machine) },
  ],
  [
    'copies are not compared where a device writes to pages that it has pinned',
    'read-through-pins',
    CONTENT,
    { wrapMachine: (machine) => new LeavesCompareOut(machine) },
  ],
  [
    'a destination is used again after a timeout, while its folio is guarded',
    'read-through-late',
    CONTENT,
    { wrapMigrator: reusesDestinations },
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
