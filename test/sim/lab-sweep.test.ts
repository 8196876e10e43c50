import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MigrationError } from '../../src/common/migration-error.js';
import { runMove } from '../../src/sim/experiments/move.js';
import { LabHost } from '../../src/sim/lab/lab-host.js';
import type { LabRequest } from '../../src/sim/lab/lab-protocol.js';
import {
  FIRST_SWEEP,
  hintOf,
  labSweep,
  MAX_LAB_CELLS,
  rangeFormOf,
  type SweepForm,
  suggestedValues,
  valuesOfRange,
} from '../../src/sim/lab/sweep-form.js';
import { parseAxis } from '../../src/sim/sweep/axis.js';
import { CELL_FIGURES, CELLS_SCHEMA, cellLine } from '../../src/sim/sweep/cells-file.js';
import { axisNames } from '../../src/sim/sweep/parameters.js';
import { axisValuesAt, countCells } from '../../src/sim/sweep/plan.js';
import { runCell, type SweepRow } from '../../src/sim/sweep/run-cell.js';
import { SweepCollector, type SweepReport } from '../../src/sim/sweep/summary.js';
import { zen3 } from './profiles.js';

const MACHINE = { profile: zen3(), channels: 1, hogs: 0, copyMode: 'exclusive', seed: 1 } as const;
const SMALL: SweepForm = {
  ...FIRST_SWEEP,
  bytes: 2 ** 22,
  axes: [
    { name: 'channels', values: '1,4' },
    { name: 'dma.descriptorNs', values: '500..8000:log4' },
  ],
  breakEven: 'channels,dma.descriptorNs',
};

/** The last report on a request. What is told has to go from thread to thread. */
async function reportOf(request: LabRequest): Promise<SweepReport> {
  let last: SweepReport | undefined;
  await new LabHost().run(request, (event) => {
    assert.ok(event.kind === 'swept');
    last = structuredClone(event.report);
  });
  assert.ok(last !== undefined);
  return last;
}

function sweepOf(form: SweepForm): Extract<LabRequest, { kind: 'sweep' }> {
  const { plan, objectives, surface } = labSweep(form, MACHINE);
  return structuredClone({ kind: 'sweep', plan, objectives, surface });
}

function rowsOf({ plan }: Pick<Extract<LabRequest, { kind: 'sweep' }>, 'plan'>): SweepRow[] {
  return Array.from({ length: countCells(plan) }, (_, index) => ({
    index,
    values: axisValuesAt(plan, index),
    ...runCell(plan, index, runMove),
  }));
}

function fileOf(
  { plan }: Pick<Extract<LabRequest, { kind: 'sweep' }>, 'plan'>,
  rows: readonly SweepRow[],
): string {
  const { profile, ...space } = plan;
  const head = { schema: CELLS_SCHEMA, profile: profile.name, cells: countCells(plan), space };
  return [JSON.stringify(head), ...rows.map((row) => cellLine(plan, row))]
    .map((line) => `${line}\n`)
    .join('');
}

function cellsOf(text: string, more: Partial<Extract<LabRequest, { kind: 'cells' }>> = {}) {
  const { objectives } = SMALL;
  return { kind: 'cells', file: new Blob([text]), name: 'my.jsonl', objectives, ...more } as const;
}

const SAMPLE: SweepForm = {
  ...SMALL,
  sampling: 'latin',
  samples: '12',
  axes: [...SMALL.axes, { name: 'cpu.copyGBps', values: '2..20' }],
};

for (const [what, form] of [
  ['grid', SMALL],
  ['sample', SAMPLE],
] as const) {
  test(`the report of a ${what} is that of its cells, simulated one by one, and read from a file`, async () => {
    const request = sweepOf(form);
    const { plan, objectives, surface } = request;
    const rows = rowsOf(request);
    const collector = new SweepCollector(plan, objectives, surface);
    for (const row of rows) collector.add(row);
    const expected = { ...collector.summary, profile: plan.profile.name, sampling: form.sampling };
    assert.ok(expected.front.length > 0 && expected.breakEven !== null);
    assert.deepEqual(await reportOf(request), expected);
    const breakEven = ['channels', 'dma.descriptorNs'] as const;
    assert.deepEqual(await reportOf(cellsOf(fileOf(request, rows), { breakEven })), expected);
  });
}

test('a combination that is not possible is counted, here and in a file', async () => {
  const form = { ...SMALL, axes: [...SMALL.axes, { name: 'dma.channels', values: '2,8' }] };
  const request = sweepOf(form);
  const here = await reportOf(request);
  assert.equal(here.impossible, 4);
  assert.deepEqual(await reportOf(cellsOf(fileOf(request, rowsOf(request)))), { ...here, breakEven: null });
});

test('the part of a file whose last line was cut off is read, also with other ends of lines', async () => {
  const request = sweepOf(SMALL);
  const text = fileOf(request, rowsOf(request));
  const cut = text.slice(0, -20);
  const report = await reportOf(cellsOf(cut));
  assert.equal(report.done, 7);
  assert.deepEqual(await reportOf(cellsOf(cut.replaceAll('\n', '\r\n'))), report);
});

const TEXT = (() => {
  const request = sweepOf({ ...SMALL, breakEven: '' });
  const figures = Object.fromEntries(CELL_FIGURES.map((name) => [name, 1]));
  const rows = Array.from({ length: 8 }, (_, index) => ({
    index,
    values: axisValuesAt(request.plan, index),
    figures,
  }));
  return fileOf(request, rows as unknown as SweepRow[]);
})();

for (const [what, text, more, says] of [
  ['nothing', '', {}, /^my\.jsonl: is not a file of cells$/],
  ['no JSON', 'GBps,cpu\n1,2\n', {}, /^my\.jsonl: is not a file of cells$/],
  ['a report', '{"schema":"pageferry.sim.sweep/1"}\n', {}, /is not a file of cells/],
  ['a file without its axes', `{"schema":"${CELLS_SCHEMA}"}\n`, {}, /of an older version/],
  ['an axis that has no name', TEXT.replace('"name":"channels"', '"name":"lanes"'), {}, /unknown name/],
  ['a value that no axis has', TEXT.replace('"levels":[1,4]', '"levels":[1,-4]'), {}, /not a value of it/],
  [
    'another number of cells',
    TEXT.replace('"cells":8', '"cells":9'),
    {},
    /line 1 has no valid number of cells/,
  ],
  ['a cell twice', TEXT.replace('"cell":3', '"cell":2'), {}, /line 5 is not cell 3/],
  ['more cells', `${TEXT}${TEXT.split('\n').at(-2)}\n`, {}, /line 10 is not cell 8/],
  ['a value of another axis', TEXT.replace('"channels":4', '"channels":5'), {}, /line 6 is not cell 4/],
  ['a figure that is none', TEXT.replace('"cpu":1', '"cpu":null'), {}, /line 2 is not cell 0/],
  ['no objective', TEXT, { objectives: [] }, /^Objectives: none is chosen$/],
  [
    'an objective that its cells do not have',
    TEXT,
    { objectives: ['speedup'] },
    /^Objectives speedup: my\.jsonl/,
  ],
  [
    'a surface that its cells do not have',
    TEXT,
    { breakEven: ['channels', 'dma.descriptorNs'] },
    /^Break-even: my\.jsonl has no cells without a migrator/,
  ],
] as const) {
  test(`cells are refused for ${what}`, async () => {
    await assert.rejects(reportOf(cellsOf(text, more as object)), (error) => {
      assert.ok(error instanceof MigrationError);
      assert.match(error.problem, says);
      assert.ok(error.advice !== undefined);
      return true;
    });
  });
}

test('a file with any value in any place is read or refused, and nothing else happens', async () => {
  assert.equal((await reportOf(cellsOf(TEXT))).done, 8);
  const [head = '', ...lines] = TEXT.split('\n');
  const paths = [
    'schema',
    'profile',
    'cells',
    'space',
    'axes',
    'sampling',
    'samples',
    'compared',
    'levels',
    'name',
  ];
  const changed = fc
    .tuple(fc.constantFrom(...paths), fc.jsonValue())
    .map(([name, value]) =>
      JSON.stringify(JSON.parse(head), (key, old: unknown) => (key === name ? value : old)),
    );
  await fc.assert(
    fc.asyncProperty(changed, fc.nat(7), fc.json(), async (first, at, line) => {
      for (const text of [
        [first, ...lines],
        [head, ...lines.with(at, line)],
      ]) {
        await reportOf(cellsOf(text.join('\n'))).catch((error) => {
          if (!(error instanceof MigrationError)) throw error;
        });
      }
    }),
    { numRuns: 100 },
  );
});

test('values that are suggested for a name can be simulated, on any machine', () => {
  for (const profile of [zen3(), zen3({ channels: 3 })]) {
    const names = axisNames(profile);
    assert.ok(names.includes('folio') && names.includes('dma.descriptorNs'));
    for (const name of names) {
      const values = suggestedValues(name, profile);
      const form = { ...FIRST_SWEEP, axes: [{ name, values }], breakEven: '' };
      const { plan } = labSweep(form, { ...MACHINE, profile });
      assert.ok(countCells(plan) <= 64, `${name}=${values}`);
      assert.notEqual(hintOf(name), '');
    }
  }
});

test('the parts of a range and its text are the same axis', () => {
  const text = fc.constantFrom('1', '2', '4K', '0.5');
  const range = fc.record({ from: text, to: text, count: fc.constantFrom('', '8'), log: fc.boolean() });
  fc.assert(fc.property(range, (parts) => assert.deepEqual(rangeFormOf(valuesOfRange(parts)), { ...parts })));
  assert.equal(rangeFormOf('4K,64K'), undefined);
  assert.deepEqual(parseAxis(`channels=${valuesOfRange(rangeFormOf(' 1..4 ')!)}`, 'x').levels, [1, 2, 3, 4]);
});

test('the settings of all panels are those of every cell, unless an axis has them', () => {
  const machine = { ...MACHINE, channels: 4, hogs: 2, copyMode: 'write-protected' } as const;
  assert.deepEqual(labSweep(SMALL, machine).plan.fixed, {
    bytes: 2 ** 22,
    copyMode: 'write-protected',
    hogs: 2,
  });
  const { axes } = FIRST_SWEEP;
  const form = { ...SMALL, axes: axes.slice(1), breakEven: 'channels,batch', folio: 65_536 };
  const { plan, surface } = labSweep(form, machine);
  assert.equal(plan.fixed.channels, 4);
  assert.equal(plan.fixed.folio, 65_536);
  assert.equal(surface, undefined);
});

const axis = (name: string, values: string): Partial<SweepForm> => ({ axes: [{ name, values }] });
for (const [what, change, says, advice] of [
  ['no values', axis('channels', ' '), /^Axis 1 channels: has no values$/, /Write channels=1,2,4/],
  ['a word for a number', axis('channels', 'many'), /^Axis 1 channels: 'many' is not/, /number from 1 to 16/],
  ['half a range', axis('folio', '4K..'), /^Axis 1 folio: '4K\.\.' is not/, /power of two from 4K to 2M/],
  ['a range that descends', axis('channels', '4..1'), /^Axis 1 channels: .*does not ascend/, /smaller value/],
  ['a range for a grid', axis('cpu.copyGBps', '1..9'), /^Axis 1 cpu\.copyGBps: a grid needs/, /1\.\.9:8/],
  ['a name twice', { axes: [...SMALL.axes, SMALL.axes[0]!] }, /^Axis 1 channels: is given twice/, /once/],
  ['more channels than there are', axis('channels', '1..17'), /^Axis 1 channels: .*17/, /1 to 16/],
  ['a folio that is larger', { bytes: 2 ** 20 }, /^Moved in a cell: 1M is not a multiple/, /multiples/],
  ['too many cells', axis('cpu.copyGBps', '1..2:10001'), /^Axes: the grid has 10,001 cells/, /sample/],
  ['a sample without cells', { sampling: 'latin', samples: '' }, /^Cells of the sample: ''/, /1 to 10000/],
  ['too large a sample', { sampling: 'latin', samples: '1e9' }, /^Cells of the sample: '1e9'/, /1 to 10000/],
  ['nothing that varies', { axes: [] }, /^Axes: nothing varies/, /dma\.descriptorNs/],
  ['no objective', { objectives: [] }, /^Objectives: none is chosen/, /at least one/],
] as const) {
  test(`a sweep is refused for ${what}, with the name of the field`, () => {
    assert.throws(
      () => labSweep({ ...SMALL, ...(change as Partial<SweepForm>) }, MACHINE),
      (error) => {
        assert.ok(error instanceof MigrationError);
        assert.match(error.problem, says);
        assert.match(error.advice ?? '', advice);
        return true;
      },
    );
  });
}

test('the largest sweep of the lab is possible', () => {
  const form = { ...SAMPLE, samples: String(MAX_LAB_CELLS) };
  assert.equal(countCells(labSweep(form, MACHINE).plan), MAX_LAB_CELLS);
});
