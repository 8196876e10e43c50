import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError } from '../../src/common/migration-error.js';
import { comparableOf } from '../../src/compare/comparables.js';
import { type Comparison, compareReports } from '../../src/compare/compare-reports.js';
import { ReportReader } from '../../src/compare/report-reader.js';
import {
  accessRow,
  compactionRun,
  heatRow,
  moveReport,
  moveRow,
  simCompactionRow,
  simRow,
  stallRow,
} from './reports.js';

function compared(a: unknown, b: unknown): Comparison {
  const [ours, theirs] = [new ReportReader(a, 'a.json'), new ReportReader(b, 'b.json')];
  return compareReports(comparableOf(ours)!, ours, theirs);
}

const verdicts = ({ rows }: Comparison) =>
  rows.flatMap(({ figures }) => figures.map(({ figure, verdict }) => `${figure} ${verdict}`));

test('bench move: rows are matched by folio, migrator, channels, threads, batch, layout and gaps', () => {
  const rows = [
    moveRow(),
    moveRow({ folio: '2M' }),
    moveRow({ channels: 4 }),
    moveRow({ migrator: 'mtcopy', channels: 1, threads: 2 }),
    moveRow({ migrator: 'mtcopy', channels: 1, threads: 3 }),
    moveRow({ batch: 8 }),
    moveRow({ layout: 'scattered' }),
    moveRow({ gaps: 'move' }),
  ];
  const { onlyA, onlyB, differ, ...rest } = compared(moveReport(rows), moveReport(rows.toReversed()));
  assert.equal(rest.rows.length, rows.length);
  assert.deepEqual([onlyA, onlyB, differ], [[], [], 0]);
});

test('the ratio is B / A, and rows that only one has are named', () => {
  const a = moveReport([moveRow(), moveRow({ folio: '64K' })]);
  const b = moveReport([moveRow({ medianGBps: 10, minGBps: 9, maxGBps: 11 }), moveRow({ folio: '2M' })]);
  const { rows, onlyA, onlyB, differ } = compared(a, b);
  assert.equal(rows[0]!.figures[0]!.ratio, 2);
  assert.equal(rows[0]!.figures[0]!.verdict, 'better');
  assert.equal(differ, 1);
  assert.deepEqual(
    [...onlyA, ...onlyB].map(({ folio }) => folio),
    ['64K', '2M'],
  );
});

test('bench move: a report of before rows had threads, batch and gaps is still read', () => {
  const { threads, batch, gaps, ...old } = moveRow();
  assert.deepEqual([threads, batch, gaps], [1, null, 'skip']);
  assert.equal(compared(moveReport([old]), moveReport([moveRow()])).rows.length, 1);
});

test('bench stall: spreads are those of the rounds, of waits and of throughput; elsewhere is a row of its own', () => {
  const report = (row: Record<string, unknown>) => ({
    schema: 'pageferry.bench.stall/2',
    rows: [row],
    elsewhere: [stallRow()],
  });
  const longer = stallRow({
    p9999us: 200,
    rounds: [
      { GBps: 3, p9999us: 150 },
      { GBps: 4, p9999us: 200 },
    ],
  });
  const comparison = compared(report(stallRow()), report(longer));
  assert.deepEqual(
    comparison.rows.map(({ key: { copyMode } }) => copyMode),
    ['elsewhere', 'exclusive'],
  );
  assert.deepEqual(verdicts(comparison), ['p99.99 µs same', 'GB/s same', 'p99.99 µs worse', 'GB/s same']);
});

test('bench heat: programs by source; figures that do not apply are left out', () => {
  const report = (...rows: Record<string, unknown>[]) => ({ schema: 'pageferry.bench.heat/1', rows });
  const even = heatRow({ program: 'uniform', truth: 'phase', precision: null, recall: null, lag: null });
  const worse = heatRow({
    precision: { median: 0.5, min: 0.4, max: 0.6 },
    lag: { moves: 5, unseen: 1, medianMs: 3000, minMs: 900, maxMs: null },
  });
  const comparison = compared(report(heatRow(), even), report(worse, even));
  assert.deepEqual(verdicts(comparison), [
    'precision worse',
    'recall same',
    'lag ms only A',
    'CPU % same',
    'slower % same',
    'p99.99 µs same',
    'CPU % same',
    'slower % same',
    'p99.99 µs same',
  ]);
  assert.deepEqual(
    comparison.rows.map(({ key }) => key),
    [
      { program: 'hot-set', source: 'hint' },
      { program: 'uniform', source: 'hint' },
    ],
  );
});

test('bench access: promotion and collapse by the pages they take', () => {
  const rows = [accessRow(), accessRow({ how: 'collapse', migrator: null, copyMode: null })];
  const report = { schema: 'pageferry.bench.access/2', rows };
  assert.deepEqual(verdicts(compared(report, report)), ['GB/s same', 'GB/s same']);
});

test('bench compaction: all runs of a mode are one row', () => {
  const report = (times: readonly (number | null)[]) => ({
    schema: 'pageferry.bench.compaction/1',
    rows: times.flatMap((time) => [compactionRun('idle', time, null), compactionRun('busy', time, 7)]),
  });
  const comparison = compared(report([100, 110, 120]), report([130, null, 140]));
  assert.deepEqual(verdicts(comparison), ['ns/page worse', 'ns/page worse', 'hog loops same']);
  assert.deepEqual(comparison.rows[0]!.figures[0]!.b, { value: 135, min: 130, max: 140, runs: 2 });
});

test('simulated figures: any difference counts, and none is by chance', () => {
  const report = (row: unknown) => ({ schema: 'pageferry.sim.batch/2', rows: [row] });
  assert.equal(compared(report(simRow()), report(simRow())).differ, 0);
  const { rows, differ, expectedByChance } = compared(report(simRow()), report(simRow({ sysNs: 101 })));
  assert.deepEqual([differ, expectedByChance], [1, 0]);
  assert.equal(rows[0]!.figures.find(({ figure }) => figure === 'sys ns')!.verdict, 'worse');
});

test('sim compaction: idle and busy are rows of their own', () => {
  const report = (loops: number) => ({
    schema: 'pageferry.sim.compaction/1',
    rows: [simCompactionRow(), simCompactionRow({ hogs: 1, hogIterations: loops })],
  });
  const { rows, differ } = compared(report(7), report(8));
  assert.deepEqual([rows.length, differ], [2, 1]);
});

test('what was not the same is told: host, options, and what rows have in common', () => {
  const a = moveReport([moveRow()]);
  const b = moveReport([moveRow({ bytes: 2 ** 30 })], { host: { kernel: 'Linux 6.12', cpus: 2 } });
  assert.deepEqual(
    compared(a, b).conditions.map((each) => [each.name, each.a, each.b]),
    [
      ['host.kernel', 'Linux 6.18', 'Linux 6.12'],
      ['host.nodes', '[{"id":0},{"id":1}]', 'not said'],
      ['rows.bytes', '16777216', '1073741824'],
    ],
  );
});

for (const [what, rows, says] of [
  ['no list', 3, /^b\.json: rows is not an array/],
  ['no object', [7], /^b\.json: rows\[0\] is not an object/],
  [
    'a figure that is text',
    [moveRow(), moveRow({ folio: '2M', maxGBps: '6' })],
    /rows\[1\]\.maxGBps is not a number/,
  ],
  ['a figure that is missing', [moveRow({ runs: undefined })], /rows\[0\]\.runs is not a number/],
  [
    'a name with a control character',
    [moveRow({ folio: '\u001b[31m4K' })],
    /rows\[0\]\.folio is not a string/,
  ],
  ['the same row twice', [moveRow(), moveRow()], /rows\[1\] is the same row as rows\[0\]/],
] as const) {
  test(`a broken report is refused with its file and path: ${what}`, () => {
    // As it comes from a file: what is undefined is not there.
    const broken: unknown = JSON.parse(JSON.stringify({ ...moveReport([]), rows }));
    assert.throws(
      () => compared(moveReport([moveRow()]), broken),
      (error) => error instanceof MigrationError && error.code === 'EINVAL' && says.test(error.problem),
    );
  });
}
