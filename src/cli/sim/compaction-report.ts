import { chartOf } from '../../report/chart-of.js';
import type { Sheet } from '../../report/sheet.js';
import type { CompactionFigures } from '../../sim/experiments/compaction.js';
import { RFC_COMPACTION_HUGE_PAGES, type RfcCompaction } from '../../sim/experiments/rfc-figures.js';
import { left, right } from '../ui/table.js';

interface CompactionContext {
  readonly profile: string;
  readonly options: { readonly hugePages: number; readonly cluster: number; readonly hogs: number };
}

const COLUMNS = [
  ...left('run'),
  ...right('wall ms', 'migrated', 'offload', '10^9 loops', 'user', 'sys', 'idle'),
];

/** The figures, with the RFC's rows and the errors below each where it has them. */
export function simCompactionSheet(
  rows: readonly CompactionFigures[],
  published: readonly RfcCompaction[],
  { profile, options }: CompactionContext,
): Sheet {
  const { hugePages, cluster } = options;
  return {
    title: 'pageferry sim compaction',
    summary:
      `${hugePages} huge pages from a zone of which every second page is free, ${cluster} pages a batch, ` +
      `profile ${profile}, virtual time`,
    charts: [
      chartOf(rows, {
        title: 'Simulated time to allocate them',
        unit: 'ms',
        axis: 'the CPU is otherwise',
        category: ({ hogs }) => (hogs > 0 ? 'busy' : 'idle'),
        series: ({ migrator }) => migrator,
        value: ({ wallMs }) => wallMs,
        elsewhere: {
          whose: 'RFC',
          value: (row) => {
            const rfc = rfcOf(row, published);
            return rfc === undefined ? null : (rfc.wallMs * hugePages) / RFC_COMPACTION_HUGE_PAGES;
          },
        },
      }),
    ],
    tables: [
      {
        caption: 'Compaction in virtual time, and what the RFC published',
        columns: COLUMNS,
        rows: rows.flatMap((row) => linesOf(row, rfcOf(row, published), hugePages)),
      },
    ],
    notes: notesOf(rows, published, hugePages),
  };
}

function notesOf(
  rows: readonly CompactionFigures[],
  published: readonly RfcCompaction[],
  hugePages: number,
): string[] {
  const wrong = rows.reduce((sum, { wrongPages }) => sum + wrongPages, 0);
  return [
    wrong === 0 ? 'every page was checked after every run' : `${wrong} pages were LOST or in the wrong place`,
    `${(rows[0]!.scanned / Math.max(1, rows[0]!.migrated)).toFixed(1)} pages were scanned for each that was migrated`,
    ...(published.length === 0
      ? []
      : [
          `RFC: published for ${RFC_COMPACTION_HUGE_PAGES} huge pages (mail of 2026-03-18)` +
            (hugePages === RFC_COMPACTION_HUGE_PAGES
              ? ''
              : `; here scaled to ${hugePages}, as every huge page costs the same`),
        ]),
  ];
}

function rfcOf(
  { migrator, hogs }: CompactionFigures,
  published: readonly RfcCompaction[],
): RfcCompaction | undefined {
  return published.find(({ offload, busy }) => offload === (migrator === 'dcbm') && busy === hogs > 0);
}

function linesOf(row: CompactionFigures, rfc: RfcCompaction | undefined, hugePages: number): string[][] {
  const name = `${row.hogs > 0 ? 'busy ' : ''}${row.migrator}`;
  const own = [
    name,
    row.wallMs.toFixed(0),
    String(row.migrated),
    row.migrator === 'baseline' ? '' : String(row.offloaded),
    row.hogs > 0 ? (row.hogIterations / 1e9).toFixed(2) : '',
    percent(row.userPercent),
    percent(row.sysPercent),
    percent(row.idlePercent),
  ];
  if (rfc === undefined) return [own];
  const scale = hugePages / RFC_COMPACTION_HUGE_PAGES;
  const theirs = [
    rfc.wallMs * scale,
    rfc.migrated * scale,
    rfc.dmaCopies === null ? null : rfc.dmaCopies * scale,
    rfc.hogIterations === null ? null : (rfc.hogIterations / 1e9) * scale,
  ];
  const ours = [row.wallMs, row.migrated, row.offloaded, row.hogIterations / 1e9];
  return [
    own,
    [
      '  RFC',
      ...theirs.map((value, i) => (value === null ? '' : value.toFixed(i === 3 ? 2 : 0))),
      percent(rfc.userPercent),
      percent(rfc.sysPercent),
      percent(rfc.idlePercent),
    ],
    [
      '  error',
      ...theirs.map((value, i) => (value === null ? '' : errorOf(ours[i]!, value))),
      // Of less than one percent of the time an error says nothing.
      rfc.userPercent < 1 ? '' : errorOf(row.userPercent, rfc.userPercent),
      errorOf(row.sysPercent, rfc.sysPercent),
      rfc.idlePercent < 1 ? '' : errorOf(row.idlePercent, rfc.idlePercent),
    ],
  ];
}

function percent(value: number): string {
  return `${value.toFixed(1)} %`;
}

function errorOf(ours: number, theirs: number): string {
  const error = (100 * (ours / theirs - 1)).toFixed(1);
  return `${error.startsWith('-') ? '' : '+'}${error} %`;
}
