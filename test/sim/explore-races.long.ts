import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore, replay } from '../../src/sim/explore/explore.js';
import { RACES } from '../../src/sim/explore/races/races.js';
import { SCENARIOS } from '../../src/sim/explore/scenarios.js';
import { amount } from '../deep.js';
import { zen3 } from './profiles.js';

const CONTENT = /every page is present|reads what was written/;

/** As what each race shows. */
const SHOWS: Readonly<Record<string, RegExp>> = {
  'policy-outside': /used after its release/,
  'no-grace-period': /used after its release/,
  'last-descriptor': CONTENT,
  'reused-destination': CONTENT,
  'merge-refused': /a healthy device copies/,
  'merge-ignored': /every page is present|reads what was written|a healthy device copies/,
  'protect-unflushed': CONTENT,
  'cutover-unflushed': CONTENT,
  'verification-left-out': CONTENT,
  'mark-kept': CONTENT,
  'unprotect-left-out': /no protection is left|sleeps forever/,
  'compare-left-out': CONTENT,
  'protected-reuse': CONTENT,
  'table-early': CONTENT,
  'table-waiters': /sleeps forever/,
  'table-unflushed': CONTENT,
  'table-pinned': CONTENT,
  'table-forgotten': /every page is present|sleeps forever/,
  'queued-release': /no task throws/,
  'room-twice': /no task throws/,
  'region-twice': /no task throws/,
  'queued-unanswered': /sleeps forever/,
  'abort-registered': /no task throws|left registered/,
  'abort-unmerged': /merging continues/,
  'replaced-at-once': /fails for no reason/,
  'hole-over-out': CONTENT,
  'watch-kept': /a migration ends the watch/,
  'watch-within': /a migration ends the watch/,
  'burst-within': /fails for no reason|no task throws/,
  'units-kept': /no task throws|sleeps forever/,
  'swap-within': /used after its release/,
  'records-kept': /where the records/,
  'failure-counted': /where the records/,
  'list-unchecked': /where the records|fails for no reason|no task throws/,
};

/** Schedules within which each has to be found. */
const SCHEDULES = 1000;

for (const { name, mistake, scenario: where, parts } of RACES) {
  test(`found, and replayed: ${mistake}`, async (context) => {
    const scenario = SCENARIOS.find((each) => each.name === where)!;
    const options = { profile: zen3(), scenario, parts };
    const { failure, schedules } = await explore({ ...options, seed: 1, schedules: SCHEDULES });
    assert.ok(failure !== undefined, `not found within ${SCHEDULES} schedules`);
    context.diagnostic(`found by schedule ${schedules}`);
    assert.match(failure.violations[0]!.invariant, SHOWS[name]!);
    const again = await replay({ ...options, seed: failure.seed }, failure.choices);
    assert.deepEqual(again, failure);
    const unbroken = await replay({ ...options, parts: {}, seed: failure.seed }, failure.choices);
    assert.equal(unbroken, undefined, 'the same schedule of the real code breaks nothing');
  });
}

test('the real code passes every scenario', async () => {
  for (const scenario of SCENARIOS) {
    const { failure } = await explore({ profile: zen3(), scenario, seed: 1, schedules: amount(100, 300) });
    assert.equal(failure, undefined, scenario.name);
  }
});

test('every race names a scenario that there is, and no two have one name', () => {
  for (const { scenario } of RACES)
    assert.ok(
      SCENARIOS.some(({ name }) => name === scenario),
      scenario,
    );
  assert.equal(new Set(RACES.map(({ name }) => name)).size, RACES.length);
});
