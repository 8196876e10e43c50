import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MigrationError } from '../../../src/common/migration-error.js';
import { parseAxis } from '../../../src/sim/sweep/axis.js';
import {
  axisValuesAt,
  baselineOf,
  cellAt,
  checkPlan,
  contentOf,
  countCells,
  type SweepPlan,
} from '../../../src/sim/sweep/plan.js';
import { permuted } from '../../../src/sim/sweep/scatter.js';
import { zen3 } from '../profiles.js';

function planOf(vary: readonly string[], more: Partial<SweepPlan> = {}): SweepPlan {
  const axes = vary.map((text) => parseAxis(text, '--vary'));
  return {
    profile: zen3(),
    axes,
    fixed: {},
    sampling: 'grid',
    samples: 0,
    seed: 1,
    compared: false,
    ...more,
  };
}

const check = (plan: SweepPlan): void => checkPlan(plan, (name) => `--vary ${name}`);

test('a grid has every combination once, the last axis first', () => {
  const plan = planOf(['channels=1..2', 'folio=4K,2M', 'depth=1..3']);
  const cells = Array.from({ length: countCells(plan) }, (_, at) => axisValuesAt(plan, at).join(' '));
  assert.equal(cells.length, 12);
  assert.equal(new Set(cells).size, 12);
  assert.deepEqual(cells.slice(0, 4), ['1 4096 1', '1 4096 2', '1 4096 3', '1 2097152 1']);
});

test('where threads run, how memory is mapped and what is busy are parameters, where they have an effect', () => {
  const plan = planOf(['migrator=mtcopy,dcbm,baseline', 'placement=spread,packed'], {
    fixed: { mapping: 'per-folio', busyCpus: 2, pageTables: 'never' },
  });
  const planned = Array.from({ length: countCells(plan) }, (_, at) => cellAt(plan, at));
  const of = (migrator: string) => planned.filter(({ cell }) => cell.migrator === migrator);
  assert.deepEqual(
    of('mtcopy').map(({ cell, settings }) => [cell.placement, cell.mapping, settings.busyCpus]),
    [
      [undefined, undefined, 2],
      ['packed', undefined, 2],
    ],
  );
  for (const { cell, settings } of of('dcbm')) {
    assert.deepEqual([cell.placement, cell.mapping, settings.busyCpus], [undefined, 'per-folio', undefined]);
    assert.deepEqual(baselineOf({ cell, settings }).cell, { ...of('baseline')[0]!.cell });
  }
  // Cells that are the same have the same content, and so one place in a cache.
  const [one, other] = of('dcbm').map((cell) => contentOf(cell, false));
  assert.equal(one, other);
  // This machine has no costs of whole page tables.
  assert.ok(planned.every(({ settings }) => settings.pageTables === undefined));
});

test('a permutation without a table is one, of any length', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer(), (count, key) => {
      const places = new Set(Array.from({ length: count }, (_, at) => permuted(key, at, count)));
      assert.equal(places.size, count);
      assert.ok([...places].every((place) => place >= 0 && place < count));
    }),
    { numRuns: 50 },
  );
});

test('a Latin hypercube has one cell in each part of each axis', () => {
  const samples = 500;
  const plan = planOf(['dma.descriptorNs=0..1000:linear', 'cpu.copyGBps=5..10:linear'], {
    sampling: 'latin',
    samples,
  });
  for (const [at, { range }] of plan.axes.entries()) {
    const { min, max } = range!;
    const parts = Array.from({ length: samples }, (_, index) => {
      const value = Number(axisValuesAt(plan, index)[at]);
      return Math.floor(((value - min) / (max - min)) * samples);
    });
    // A value is rounded to six digits, which may move it over the border of its part.
    assert.ok(new Set(parts).size >= samples - 5, `${new Set(parts).size} parts of axis ${at}`);
  }
});

test('a sample is the same for the same seed, whichever cell is made first, and another for another seed', () => {
  const plan = planOf(['dma.descriptorNs=0..1000:linear', 'channels=1..16'], {
    sampling: 'random',
    samples: 1_000_000,
  });
  const [late, first] = [axisValuesAt(plan, 999_999), axisValuesAt(plan, 0)];
  assert.deepEqual(axisValuesAt({ ...plan }, 0), first);
  assert.deepEqual(axisValuesAt(plan, 999_999), late);
  assert.notDeepEqual(axisValuesAt({ ...plan, seed: 2 }, 0), first);
});

test('cells that do the same have the same content', () => {
  const plan = planOf(['migrator=baseline,cpu,dcbm', 'channels=1..2', 'dma.descriptorNs=500,600']);
  const contents = Array.from({ length: countCells(plan) }, (_, at) => contentOf(cellAt(plan, at), false));
  // A figure of the profile counts for every migrator, as it may be read. Channels count for dcbm only.
  assert.equal(new Set(contents).size, 2 + 2 + 4);
  const [a, b] = [cellAt(plan, 8), cellAt(plan, 10)];
  assert.notEqual(contentOf(a, false), contentOf(b, false));
  assert.equal(contentOf(baselineOf(a), false), contentOf(baselineOf(b), false));
});

for (const [what, plan, argument, says] of [
  ['a name twice', planOf(['channels=1,2', 'channels=3,4']), '--vary channels', /given twice/],
  [
    'a continuous range in a grid',
    planOf(['dma.submitNs=0..100']),
    '--vary dma.submitNs',
    /needs the number of values of 0\.\.100/,
  ],
  [
    'more channels than the device has',
    planOf(['channels=1..16'], { profile: zen3({ channels: 8 }) }),
    '--vary channels',
    /at most 8/,
  ],
  [
    'bytes that are no multiple',
    planOf(['bytes=1M,4M'], { fixed: { folio: 2 ** 21 } }),
    '--vary bytes',
    /1M is not a multiple of the folio of 2M/,
  ],
  ['more bytes than a node', planOf(['bytes=1T']), '--vary bytes', /do not fit a node/],
  [
    'a figure that the profile does not have',
    planOf(['tables.callNs=1,2']),
    '--vary tables.callNs',
    /no group 'tables'/,
  ],
  [
    'too many cells',
    planOf(['dma.submitNs=0..1:90000', 'dma.descriptorNs=0..1:90000']),
    '--vary dma.submitNs',
    /8\.1e\+9 cells/,
  ],
] as const) {
  test(`${what} is refused before anything runs`, () => {
    assert.throws(
      () => check(plan),
      (error) => {
        assert.ok(error instanceof MigrationError);
        assert.equal(error.argument, argument);
        assert.match(error.message, says);
        return true;
      },
    );
  });
}
