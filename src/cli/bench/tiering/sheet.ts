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
    tables: [hitTable(rows), waitTable(rows, options.maxPauseMs), costTable(rows)],
    notes: notesOf(report),
  };
}

function hitTable(rows: readonly TieringBenchRow[]): SheetTable {
  return {
    caption: 'accesses that went to the fast node, in percent',
    columns: [
      ...left('program', 'policy'),
      ...right('hits', 'same heat', 'points', 'simulated', 'first touch', 'oracle', 'promoted', 'demoted'),
    ],
    rows: rows.map((row) => [
      row.program,
      row.policy,
      percent(row.hitRatio),
      percent(row.replayHitRatio),
      (100 * (row.hitRatio - row.replayHitRatio)).toFixed(1),
      percent(row.simHitRatio),
      percent(row.firstTouchHitRatio),
      percent(row.oracleHitRatio),
      formatSize(row.promotedBytes),
      formatSize(row.demotedBytes),
    ]),
  };
}

function waitTable(rows: readonly TieringBenchRow[], maxPauseMs: number): SheetTable {
  const ms = (us: number): string => (us / 1000).toFixed(3);
  return {
    caption: `ms of a block of 64 accesses, and of a batch that was unmapped; the limit is ${maxPauseMs} ms`,
    columns: [
      ...left('program', 'policy'),
      ...right('off p99.9', 'off max', 'on p50', 'on p99', 'on p99.9', 'on max', 'batch p99.9', 'batch max'),
      ...left('within'),
    ],
    rows: rows.map((row) => [
      row.program,
      row.policy,
      ms(row.offP999us),
      ms(row.offMaxus),
      ms(row.onP50us),
      ms(row.onP99us),
      ms(row.onP999us),
      ms(row.onMaxus),
      row.pauseP999ms.toFixed(3),
      row.pauseMaxms.toFixed(3),
      row.onP999us <= 1000 * maxPauseMs ? 'yes' : 'NO',
    ]),
  };
}

function costTable(rows: readonly TieringBenchRow[]): SheetTable {
  return {
    caption: 'CPU time, size of the last batches, and whether all values are right',
    columns: [
      ...left('program', 'policy'),
      ...right('watch', 'move', 'batch', 'ping-pongs'),
      ...left('verified'),
    ],
    rows: rows.map((row) => [
      row.program,
      row.policy,
      `${row.watchPercent.toFixed(1)} %`,
      `${row.movePercent.toFixed(1)} %`,
      formatSize(row.batchBytes),
      String(row.pingPongs),
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
    'same heat: in the simulator, with the heat that the autopilot has seen. points: hits less same heat, in percent',
    'simulated: in the simulator that also models the watching, for the same accesses at the same time',
    'first touch: if nothing had moved. oracle: the hottest units are always on the fast node, and move for nothing',
    'off, on: without and with the autopilot. A block also waits for a CPU, as it does without the autopilot',
    'batch: for how long it was unmapped, an upper bound of a wait. within: on p99.9 is within the limit',
    ...(accessNs.measured
      ? []
      : ['the policies use access times of the profile. On a host with one NUMA node no access gets faster']),
    ...notes,
  ];
}
