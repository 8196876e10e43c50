import type { HeatReport, HeatRow } from '../../../bench/heat/report.js';
import { formatSize } from '../../../common/size.js';
import type { Summary } from '../../../common/summary.js';
import type { Chart } from '../../../report/chart.js';
import { chartOf, spreadOf } from '../../../report/chart-of.js';
import type { Sheet, SheetTable } from '../../../report/sheet.js';
import { left, right } from '../../ui/table.js';

/** `bench heat`: what sources see of programs whose accesses are known, and what they cost. */
export function heatBenchSheet(report: HeatReport): Sheet {
  const { rows, options } = report;
  const { bytes, seconds, intervalMs, loadThreads } = options;
  const threads = loadThreads === 1 ? '1 thread' : `${loadThreads} threads`;
  return {
    title: 'pageferry bench heat',
    summary:
      `programs of ${threads} over ${formatSize(bytes)}, ${seconds} s of snapshots every ${intervalMs} ms, ` +
      `${seconds} s of slices with and without the source`,
    charts: [sightChart(rows), slowdownChart(rows), blockChart(rows)],
    tables: [sightTable(rows), costTable(rows), blockTable(rows)],
    notes: notesOf(report),
  };
}

const byProgram = {
  axis: 'program',
  nominal: true,
  category: ({ program }: HeatRow) => program,
  series: ({ source }: HeatRow) => source,
};

function sightChart(rows: readonly HeatRow[]): Chart {
  return chartOf(rows, {
    ...byProgram,
    title: 'Hot units that are reported as hottest (recall)',
    unit: '%',
    value: ({ recall }) => (recall === null ? null : 100 * recall.median),
    spread: ({ recall }) => (recall === null ? null : [100 * recall.min, 100 * recall.max]),
  });
}

function slowdownChart(rows: readonly HeatRow[]): Chart {
  return chartOf(rows, {
    ...byProgram,
    title: 'Throughput with the source, of that without it',
    unit: '%',
    value: ({ slowdownPercent }) => 100 - slowdownPercent,
    spread: ({ rounds }) => spreadOf(rounds.map(({ slowdownPercent }) => 100 - slowdownPercent)),
  });
}

function blockChart(rows: readonly HeatRow[]): Chart {
  return chartOf(rows, {
    ...byProgram,
    title: 'Time of a block of accesses with the source: p99.99',
    unit: 'µs',
    value: ({ onP9999us }) => onP9999us,
    spread: ({ rounds }) => spreadOf(rounds.map(({ onP9999us }) => onP9999us)),
    limit: {
      name: 'without',
      value: (program) => rows.findLast((row) => row.program === program)?.offP9999us ?? null,
    },
    scale: 'log',
  });
}

function sightTable(rows: readonly HeatRow[]): SheetTable {
  return {
    caption: 'the hottest tenth of the units, as reported and as it is',
    columns: [
      ...left('program', 'source'),
      ...right('precision', 'recall', 'captured', 'true', 'seen', 'lag', 'max'),
    ],
    rows: rows.map((row) => [
      row.program,
      row.source,
      row.even ? 'even' : share(row.precision),
      row.even ? 'even' : share(row.recall),
      row.even ? 'even' : share(row.captured),
      percent(row.trueShare),
      percent(row.seenShare),
      ...lagCells(row),
    ]),
  };
}

function lagCells({ lag }: HeatRow): string[] {
  if (lag === null) return ['', ''];
  if (lag.moves === 0) return ['-', '-'];
  const cell = (ms: number | null) => (ms === null ? 'unseen' : `${(ms / 1000).toFixed(2)} s`);
  return [cell(lag.medianMs), cell(lag.maxMs)];
}

function costTable(rows: readonly HeatRow[]): SheetTable {
  return {
    caption: 'the cost: CPU time of the source, and slowdown of the program',
    columns: [
      ...left('program', 'source'),
      ...right('CPU', 'a unit', 'slower', 'min', 'max', 'by CPU'),
      ...left('verified'),
    ],
    rows: rows.map((row) => {
      const slowdowns = row.rounds.map(({ slowdownPercent }) => slowdownPercent);
      return [
        row.program,
        row.source,
        `${row.cpuPercent.toFixed(2)} %`,
        row.unitCpuUs === null ? '-' : microseconds(row.unitCpuUs),
        `${tenths(row.slowdownPercent)} %`,
        tenths(Math.min(...slowdowns)),
        tenths(Math.max(...slowdowns)),
        `${tenths(row.cpuSlowdownPercent)} %`,
        row.verified ? 'yes' : 'NO',
      ];
    }),
  };
}

function blockTable(rows: readonly HeatRow[]): SheetTable {
  return {
    caption: 'µs of a block of accesses, without the source and with it',
    columns: [
      ...left('program', 'source'),
      ...right('off p99.99', 'on p99.99', 'off max', 'on max', 'stalled'),
    ],
    rows: rows.map((row) => [
      row.program,
      row.source,
      ...[row.offP9999us, row.onP9999us, row.offMaxus, row.onMaxus].map(microseconds),
      `${row.stalledPercent.toFixed(2)} %`,
    ]),
  };
}

function share(summary: Summary | null): string {
  return summary === null ? '-' : summary.median.toFixed(2);
}

function percent(part: number): string {
  return `${(100 * part).toFixed(0)} %`;
}

/** Whole numbers from 100 on, so that the table stays narrow. */
function tenths(value: number): string {
  return value.toFixed(Math.abs(value) < 100 ? 1 : 0);
}

function microseconds(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

function notesOf({ rows, unavailable, notes }: HeatReport): string[] {
  const sum = (of: (row: HeatRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const writesOnly = [...new Set(rows.filter(({ sees }) => !sees.reads).map(({ source }) => source))];
  return [
    `wrong values: ${sum(({ wrongValues }) => wrongValues)}, damaged places: ${sum(({ damaged }) => damaged)}, ` +
      `accesses counted: ${rows.every((row) => row.accesses === row.counted) ? 'all' : 'NOT ALL'}`,
    'precision, recall: medians of the snapshots. even: the accesses are spread evenly, so no unit is hot, and ' +
      'both mean nothing',
    'captured: accesses to the reported units, of those to the hottest units',
    'true, seen: the part of all accesses that the hottest tenth has, as it is and by the snapshots',
    'compared with the accesses of the whole part; hot-set: with those of the interval before each snapshot',
    ...(rows.some(({ lag }) => lag !== null)
      ? [
          'lag: from a move to the first snapshot that reports 9 in 10 of the new hot units; median and maximum',
        ]
      : []),
    'CPU: of one CPU, as the source counts it. a unit: µs of it for each look at a unit of 2 MiB or less. slower: ' +
      'accesses per second that the program loses; median, min ' +
      'and max of the rounds. by CPU: per second of its CPU time, without waits',
    'a block is 64 words, or 16 vectors. p99.99: medians of the rounds. stalled: the time that threads waited ' +
      'for the source, as it counts it',
    ...writesOnly.map((source) => `${source} sees writes only; scan, vector-search and hash-join only read`),
    ...unavailable.map(({ source, problem }) => `not available: ${source}: ${problem}`),
    ...notes,
  ];
}
