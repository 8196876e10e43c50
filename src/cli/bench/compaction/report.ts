import type { CompactionBench, CompactionRun } from '../../../bench/compaction/run-compaction.js';
import { formatSize } from '../../../common/size.js';
import { summarize } from '../../../common/summary.js';
import type { Chart } from '../../../report/chart.js';
import { spreadOf } from '../../../report/chart-of.js';
import type { Sheet, SheetTable } from '../../../report/sheet.js';
import { RFC_COMPACTION, type RfcCompaction } from '../../../sim/experiments/rfc-figures.js';
import { left, right } from '../../ui/table.js';

const MODES = ['idle', 'busy'] as const;

/** `bench compaction`: the kernel's time for a page, beside pageferry's and the RFC's. */
export function compactionSheet(report: CompactionBench): Sheet {
  const { size, runs, trigger } = report.options;
  return {
    title: 'pageferry bench compaction',
    summary: `${formatSize(size)} of which every second page is free, compacted by ${trigger}, ${runs} runs, medians`,
    charts: [chart(report)],
    tables: [tableOf(report)],
    notes: notesOf(report),
  };
}

function chart({ rows, moveNsPerPage }: CompactionBench): Chart {
  const categories = MODES.filter((mode) => rows.some((row) => row.mode === mode));
  const times = categories.map((mode) => perPage(rows.filter((row) => row.mode === mode)));
  const published = (offload: boolean): number[] =>
    categories.map((mode) =>
      rfcPerPage(RFC_COMPACTION.find((row) => row.offload === offload && row.busy === (mode === 'busy'))!),
    );
  return {
    title: 'Time of a page that the kernel migrates',
    unit: 'ns',
    axis: 'the CPU is otherwise',
    categories,
    series: [
      {
        name: 'kernel',
        values: times.map((each) => (each.length === 0 ? null : summarize(each).median)),
        spreads: times.map(spreadOf),
      },
      { name: 'kernel', values: published(false), elsewhere: 'RFC' },
      { name: 'kernel, DMA', values: published(true), elsewhere: 'RFC' },
    ],
    limit: { name: 'pageferry move', values: categories.map(() => moveNsPerPage) },
  };
}

function tableOf({ rows, options, moveNsPerPage }: CompactionBench): SheetTable {
  const ours = MODES.flatMap((mode) => {
    const own = rows.filter((row) => row.mode === mode);
    return own.length === 0 ? [] : [modeLine(mode, own)];
  });
  const published = RFC_COMPACTION.map((row) => [
    `RFC ${row.busy ? 'busy' : 'idle'}${row.offload ? ' DMA' : ''}`,
    String(row.wallMs),
    String(row.migrated),
    rfcPerPage(row).toFixed(0),
    '',
    row.hogIterations === null ? '' : (row.hogIterations / 1e9).toFixed(2),
    ...[row.userPercent, row.sysPercent, row.idlePercent].map(percent),
  ]);
  const move = ['pageferry', '', String(options.size / 2 / 4096), moveNsPerPage.toFixed(0)];
  return {
    caption: 'Compaction by the kernel, and what the RFC published of another machine',
    columns: [
      ...left(''),
      ...right('wall ms', 'migrated', 'ns/page', 'spread', 'hog', 'user', 'sys', 'idle'),
    ],
    rows: [...ours, [...move, '', '', '', '', ''], ...published],
  };
}

function modeLine(mode: CompactionRun['mode'], own: readonly CompactionRun[]): string[] {
  const median = (value: (row: CompactionRun) => number): number => summarize(own.map(value)).median;
  const times = perPage(own);
  const spread = spreadOf(times);
  return [
    `kernel ${mode}`,
    median(({ wallMs }) => wallMs).toFixed(0),
    median(({ migrated }) => migrated).toFixed(0),
    times.length === 0 ? '' : summarize(times).median.toFixed(0),
    spread === null ? '' : spread.map((value) => value.toFixed(0)).join('–'),
    mode === 'idle' ? '' : (median(({ hogIterations }) => hogIterations ?? 0) / 1e9).toFixed(2),
    percent(median(({ userPercent }) => userPercent)),
    percent(median(({ sysPercent }) => sysPercent)),
    percent(median(({ idlePercent }) => idlePercent)),
  ];
}

function notesOf({ rows }: CompactionBench): string[] {
  const wrong = rows.reduce((sum, { wrongPages }) => sum + wrongPages, 0);
  return [
    wrong === 0 ? 'every page was checked after every run' : `${wrong} pages were LOST`,
    'user, sys, idle: percent of the time of the CPU that compacts',
    ...(rows.some(({ mode }) => mode === 'busy')
      ? ['hog: 10^9 loops of the program that competes for it']
      : []),
    'pageferry: the same number of 4K pages from node to node, for comparison; it does not search for them',
    'RFC: 16384 huge pages allocated on another machine (mail of 2026-03-18)',
    ...(rows.some(({ nsPerPage }) => nsPerPage === null) ? ['the kernel found no pages to migrate'] : []),
  ];
}

function perPage(rows: readonly CompactionRun[]): number[] {
  return rows.flatMap(({ nsPerPage }) => (nsPerPage === null ? [] : [nsPerPage]));
}

function rfcPerPage({ wallMs, migrated }: RfcCompaction): number {
  return (wallMs * 1e6) / migrated;
}

function percent(value: number): string {
  return value.toFixed(0);
}
