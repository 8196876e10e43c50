import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError } from '../../src/common/migration-error.js';
import { inPieces, runMove } from '../../src/sim/experiments/move.js';
import { explore } from '../../src/sim/explore/explore.js';
import { SCENARIOS } from '../../src/sim/explore/scenarios.js';
import { readProfile } from '../../src/sim/profile/read-profile.js';
import { withFigures } from '../../src/sim/profile/with-figures.js';
import { zen3, zen3Json, zen3WithTables } from './profiles.js';
import { World } from './world.js';

const FIGURE = { value: 1, unit: 'ns', source: 'made up' };
const GROUP = {
  supported: { ...FIGURE, unit: '0 or 1' },
  leaveNs: FIGURE,
  arriveNs: FIGURE,
  callNs: FIGURE,
};
const CELL = { folio: 4096, folios: 2048, migrator: 'baseline' } as const;
const SETTINGS = { seed: 1, words: 4 };

test('a profile may have the costs of page tables, all of them', () => {
  assert.equal(readProfile(zen3Json()).tables, undefined);
  const profile = readProfile({ ...zen3Json(), tables: GROUP });
  assert.deepEqual(profile.tables, { supported: 1, leaveNs: 1, arriveNs: 1, callNs: 1 });
});

for (const [tables, argument] of [
  [{ ...GROUP, leaveNs: undefined }, 'tables.leaveNs'],
  [{ ...GROUP, arriveNs: { ...FIGURE, value: -1 } }, 'tables.arriveNs.value'],
  [{ ...GROUP, callNs: { ...FIGURE, unit: 'µs' } }, 'tables.callNs.unit'],
  [{ ...GROUP, supported: { ...GROUP.supported, value: 2 } }, 'tables.supported.value'],
  [{ ...GROUP, other: FIGURE }, 'tables.other'],
  [3, 'tables'],
] as const) {
  test(`a profile is refused by the path ${argument}`, () => {
    assert.throws(
      () => readProfile({ ...zen3Json(), tables }),
      (error) => error instanceof MigrationError && error.argument === argument,
    );
  });
}

test('a figure of page tables can be set where the profile has them, and is refused where not', () => {
  const off = withFigures(zen3WithTables(), { 'tables.supported': 0 });
  assert.equal(off.tables!.supported, 0);
  assert.throws(
    () => withFigures(zen3(), { 'tables.leaveNs': 3 }),
    (error) => error instanceof MigrationError && error.argument === 'tables.leaveNs',
  );
});

test('whole tables take what the profile says, and nothing by the page', () => {
  const profile = zen3WithTables();
  const by = (pageTables: 'never' | 'auto') => runMove(CELL, { ...SETTINGS, profile, pageTables });
  const [never, auto] = [by('never'), by('auto')];
  assert.deepEqual([never.tablesMoved, never.pagesMovedSingly], [0, 2048]);
  assert.deepEqual([auto.tablesMoved, auto.pagesMovedSingly], [4, 0]);
  assert.equal(auto.wrongPages, 0);
  const { folioNs, pageNs } = profile.cpu;
  const { leaveNs, arriveNs, callNs } = profile.tables!;
  const saved = 2048 * (folioNs + pageNs) - 4 * (leaveNs + arriveNs + 2 * callNs);
  assert.ok(Math.abs(never.ns - auto.ns - saved) < 10, `${never.ns - auto.ns}, not ${saved}`);
});

test('a machine that cannot, or may not, moves as one without the figures does', () => {
  const plain = runMove(CELL, { ...SETTINGS, profile: zen3() });
  const off = withFigures(zen3WithTables(), { 'tables.supported': 0 });
  assert.equal(runMove(CELL, { ...SETTINGS, profile: off }).ns, plain.ns);
  const never = runMove(CELL, { ...SETTINGS, profile: zen3WithTables(), pageTables: 'never' });
  assert.equal(never.ns, plain.ns);
  assert.equal('tablesMoved' in plain, false);
});

test('several tables of one batch leave and arrive by one call each', () => {
  const profile = zen3WithTables();
  const by = (batchPages: number) => runMove(CELL, { ...SETTINGS, profile, batchPages });
  const saved = 3 * (2 * profile.tables!.callNs + profile.cpu.flushNs);
  assert.ok(Math.abs(by(512).ns - by(2048).ns - saved) < 10);
});

test('a table with a pinned page, a table with a hole, and folios of 2 MiB do not move as a table', () => {
  const world = new World(2048, 0, { profile: zen3WithTables() });
  const pinned = 5;
  const absent = new Set([700]);
  world.sim.memory.pins[world.frame(pinned)] = 1;
  for (const page of absent) world.sim.machine.forget(world.space, page);
  const result = world.move(0);
  assert.equal(result.stats.get('tables_moved'), 2);
  assert.equal(result.stats.get('pages_moved_singly'), 511 + 511);
  assert.deepEqual(world.check(result, absent), [1, 2048 - 2]);
  const huge = new World(1024, 9, { profile: zen3WithTables() });
  const moved = huge.move(9);
  assert.equal(moved.stats.get('tables_moved'), 0);
  assert.equal(moved.stats.get('pages_moved_singly'), 1024);
  huge.check(moved);
});

test('a write-protected batch of whole tables is cut over as one, and in pieces where a part is no table', () => {
  const flushes = (batchPages: number, pages: number): number => {
    let count = 0;
    const world = new World(pages, 0, { profile: zen3WithTables() });
    world.sim.machine.onPoint = (point) => {
      if (point === 'flush') count++;
    };
    world.check(world.move(0, { batchPages: batchPages, writeProtected: inPieces(128) }));
    return count;
  };
  // One after the protection, and one for each piece.
  assert.equal(flushes(1024, 1024), 2);
  assert.equal(flushes(256, 256), 1 + 2);
});

test('the scenarios of the explorer do move page tables as a whole', async () => {
  for (const scenario of SCENARIOS.filter(({ name }) => name.startsWith('tables'))) {
    let moved = 0;
    const watched = {
      ...scenario,
      build(options: Parameters<typeof scenario.build>[0]) {
        const stage = scenario.build(options);
        stages.push(stage);
        return stage;
      },
    };
    const stages: ReturnType<typeof scenario.build>[] = [];
    const { failure } = await explore({ profile: zen3(), scenario: watched, seed: 1, schedules: 20 });
    assert.equal(failure, undefined);
    for (const { sim } of stages) moved += sim.machine.tablesMoved;
    assert.ok(moved > 0, scenario.name);
  }
});
