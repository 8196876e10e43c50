import type { TieringBenchReport, TieringBenchRow } from '../../../bench/tiering/report.js';
import { formatSize } from '../../../common/size.js';
import { chartOf } from '../../../report/chart-of.js';
import type { Sheet, SheetTable } from '../../../report/sheet.js';
import { left, right } from '../../ui/table.js';

/** `bench tiering`: hit ratios of policies on real memory, beside those of the simulator, and their cost. */
export function tieringBenchSheet(report: TieringBenchReport): Sheet {
  const { rows, options, accessNs } = report;
  const { bytes, fastPercent, seconds, epochMs } = options;
  const times = `${accessNs.fast.toFixed(0)} and ${accessNs.slow.toFixed(0)} ns`;
  return {
    title: 'pageferry bench tiering',
    summary:
      `programs of ${formatSize(bytes)}, a fast node of ${fastPercent} % of it, ${seconds} s with epochs of ` +
      `${epochMs} ms; access times ${accessNs.measured ? 'measured' : `of ${options.profile}`}: ${times}`,
    charts: [
      chartOf(rows, {
        axis: 'program',
        nominal: true,
        category: ({ program }) => program,
        series: ({ policy }) => policy,
        title: 'Accesses that went to the fast node',
        unit: '%',
        value: ({ hitRatio }) => 100 * hitRatio,
        spread: () => null,
        limit: {
          name: 'oracle',
          value: (program) => {
            const row = rows.findLast((each) => each.program === program);
            return row === undefined ? null : 100 * row.oracleHitRatio;
          },
        },
      }),
    ],
    tables: [hitTable(rows), costTable(rows)],
    notes: notesOf(report),
  };
}

function hitTable(rows: readonly TieringBenchRow[]): SheetTable {
  return {
    caption: 'accesses that went to the fast node, in percent',
    columns: [
      ...left('program', 'policy'),
      ...right('hits', 'simulated', 'points', 'first touch', 'oracle', 'promoted', 'demoted'),
    ],
    rows: rows.map((row) => [
      row.program,
      row.policy,
      percent(row.hitRatio),
      percent(row.simHitRatio),
      (100 * (row.hitRatio - row.simHitRatio)).toFixed(1),
      percent(row.firstTouchHitRatio),
      percent(row.oracleHitRatio),
      formatSize(row.promotedBytes),
      formatSize(row.demotedBytes),
    ]),
  };
}

function costTable(rows: readonly TieringBenchRow[]): SheetTable {
  return {
    caption: 'ms that batches were unmapped, µs of a block of 64 accesses, and CPU time',
    columns: [
      ...left('program', 'policy'),
      ...right('p99.9', 'max', 'off p99.9', 'on p99.9', 'watch', 'move'),
      ...left('verified'),
    ],
    rows: rows.map((row) => [
      row.program,
      row.policy,
      row.pauseP999ms.toFixed(2),
      row.pauseMaxms.toFixed(2),
      row.offP999us.toFixed(1),
      row.onP999us.toFixed(1),
      `${row.watchPercent.toFixed(1)} %`,
      `${row.movePercent.toFixed(1)} %`,
      row.verified ? 'yes' : 'NO',
    ]),
  };
}

function percent(part: number): string {
  return (100 * part).toFixed(1);
}

function notesOf({ rows, accessNs, notes }: TieringBenchReport): string[] {
  const sum = (of: (row: TieringBenchRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  return [
    `wrong values: ${sum(({ wrongValues }) => wrongValues)}, damaged places: ${sum(({ damaged }) => damaged)}`,
    'hits: by the accesses that the program has counted itself, and by the place of each unit, queried 10 times a second',
    'simulated: the same accesses at the same time, with the same policy. points: the difference in percentage points',
    'first touch: if nothing had moved. oracle: the hottest units are always on the fast node, and move for nothing',
    'p99.9, max: for how long a batch was unmapped, an upper bound of a wait. off, on: without and with the autopilot',
    ...(accessNs.measured
      ? []
      : [
          'both nodes are on the same NUMA node, so no access gets faster. The policies use times of the profile',
        ]),
    ...notes,
  ];
}
