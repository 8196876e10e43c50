import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snapshotArrays } from '../../../src/heat/heat-snapshot.js';
import { FAST, type Policy, type PolicyInput } from '../../../src/policy/policy.js';
import type { TieredProgram } from '../../../src/sim/tiering/programs/program.js';
import { type RecordedDecision, replay } from '../../../src/sim/tiering/replay.js';

const UNIT = 2 ** 21;
const UNITS = 8;
const program = { bytes: UNITS * UNIT, unitBytes: UNIT } as TieredProgram;
const rooms = { fastBytes: 2 * UNIT, slowBytes: UNITS * UNIT, headroomBytes: 0 };

/** Changes the units of the fast node for the last ones of the slow node, if these are hot in the recorded heat. */
const exchange: Policy = {
  name: 'exchange',
  decide({ heat, nodeOf }, moves) {
    if (!(heat.rate[7]! > 0) || nodeOf[7] === FAST) return;
    for (const unit of [6, 7]) moves.push(unit, FAST, 'numa_misplaced', 1, 0, 0);
    for (const unit of [0, 1]) moves.push(unit, 1, 'demotion', 1, 0, 0);
  },
};

function decision(atMs: number, hot: boolean, more: Partial<RecordedDecision> = {}): RecordedDecision {
  const arrays = snapshotArrays(UNITS);
  if (hot) arrays.rate[7] = 1e6;
  const heat = { atMs, offset: 0, bytes: UNITS * UNIT, unitBytes: UNIT, source: 'known', ...arrays };
  const node = { bytes: 0, freeBytes: 0, headroomBytes: 0, accessNs: 100 };
  const input = { heat, nodes: [node, node], maxBytes: UNITS * UNIT } as unknown as PolicyInput;
  return { atMs, input, moves: [], cut: false, ...more };
}

/** All accesses go to the last unit. */
function hits(decisions: readonly RecordedDecision[]): number {
  const counts = Float64Array.from({ length: UNITS }, (_, unit) => (unit === 7 ? 10 : 0));
  const times = { fromMs: 0, toMs: 1000, sliceMs: 10 };
  const { hitRatio } = replay(exchange, { program, rooms, decisions, ...times, accesses: () => counts });
  return Math.round(hitRatio * 1000) / 1000;
}

test('the policy decides at the recorded times, from the recorded heat', () => {
  assert.equal(hits([]), 0);
  assert.equal(hits([decision(0, false)]), 0);
  assert.equal(hits([decision(0, true)]), 1);
  assert.equal(hits([decision(0, false), decision(500, true)]), 0.5);
});

/** Moves of so many units. */
const demoted = (afterMs: number, units: number) => ({ afterMs, bytes: units * UNIT, promotes: false });
const promoted = (afterMs: number, units: number) => ({ afterMs, bytes: units * UNIT, promotes: true });

test('a list takes as long as it took, one unit after the other, demotions first', () => {
  // The last unit is on its way from 300 to 400 ms. In this time half of the accesses hit, on average.
  const moves = [demoted(200, 2), promoted(400, 2)];
  assert.equal(hits([decision(0, true, { moves })]), 0.65);
  // The next decision was made when all had moved.
  assert.equal(hits([decision(0, true, { moves }), decision(200, true)]), 0.8);
});

test('a list that the budget has cut moves as much as it did', () => {
  const cut = (...moves: ReturnType<typeof demoted>[]) => decision(0, true, { cut: true, moves });
  assert.equal(hits([cut(demoted(0, 2), promoted(0, 1))]), 0);
  assert.equal(hits([cut(demoted(0, 2), promoted(0, 2))]), 1);
});
