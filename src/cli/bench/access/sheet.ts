import { ACCESS_KINDS } from '../../../bench/access/access-times.js';
import type { AccessReport, AccessRow } from '../../../bench/access/report.js';
import { rowLabel } from '../../../bench/move/row-spec.js';
import { formatSize } from '../../../common/size.js';
import { chartOf, spreadOf } from '../../../report/chart-of.js';
import type { Sheet, SheetTable } from '../../../report/sheet.js';
import { left, right } from '../../ui/table.js';

const WAYS = left('way', 'pages');

/** `bench access`: what huge pages gain a program, and what a promotion costs. */
export function accessSheet(report: AccessReport): Sheet {
  const { rows, options } = report;
  const { bytes, runs, batchBytes } = options;
  return {
    title: 'pageferry bench access',
    summary:
      `${formatSize(bytes)} from 4K pages onto huge ones, batches of ${formatSize(batchBytes)}, ${runs} runs, ` +
      'medians, GB/s (10^9 bytes)',
    charts: [
      chartOf(rows, {
        title: 'Onto huge pages',
        unit: 'GB/s',
        axis: 'where they come from',
        category: ({ pages }) => pages,
        nominal: true,
        series: wayOf,
        value: ({ medianGBps }) => medianGBps,
        spread: ({ rounds }) => spreadOf(rounds.map(({ GBps }) => GBps)),
      }),
      accessChart(rows),
    ],
    tables: [speedTable(report), accessTable(report)],
    notes: notesOf(report),
  };
}

/** Before and after the first promotion. The table has the others. */
function accessChart(rows: readonly AccessRow[]): Sheet['charts'][number] {
  const row = rows[0]!;
  const bars = ACCESS_KINDS.flatMap((kind) => [
    { kind, when: 'before', value: row.before[`${kind}Ns`] },
    { kind, when: 'after', value: row.after[`${kind}Ns`] },
  ]);
  return chartOf(bars, {
    title: `An access before and after: ${wayOf(row)}, ${row.pages}`,
    unit: 'ns',
    axis: 'kind of access',
    category: ({ kind }) => kind,
    nominal: true,
    series: ({ when }) => when,
    value: ({ value }) => value,
  });
}

function speedTable({ rows, options }: AccessReport): SheetTable {
  return {
    caption: 'onto huge pages, GB/s',
    columns: [...WAYS, ...right('median', 'min', 'max', '× collapse', 'huge'), ...left('verified')],
    rows: rows.map((row) => [
      wayOf(row),
      row.pages,
      ...[row.medianGBps, row.minGBps, row.maxGBps, row.ofCollapse].map((value) => value.toFixed(2)),
      `${((100 * row.hugeBytes) / options.bytes).toFixed(1)} %`,
      row.verified ? 'yes' : 'NO',
    ]),
  };
}

function accessTable({ rows, options }: AccessReport): SheetTable {
  return {
    caption: `ns per access, ${options.accesses.toLocaleString('en-US')} of each kind`,
    columns: [...left('access'), ...WAYS, ...right('before', 'after', '× faster')],
    rows: ACCESS_KINDS.flatMap((kind) =>
      rows.map((row) => [
        kind,
        wayOf(row),
        row.pages,
        row.before[`${kind}Ns`].toFixed(1),
        row.after[`${kind}Ns`].toFixed(1),
        row.faster[kind].toFixed(2),
      ]),
    ),
  };
}

function wayOf({ how, migrator, threads }: AccessRow): string {
  if (migrator === null) return 'MADV_COLLAPSE';
  return `${how}, ${rowLabel({ migrator, threads, channels: 1 })}`;
}

function notesOf({ rows, notes }: AccessReport): string[] {
  const prefilled = rows.find(({ pages }) => pages === 'prefilled');
  const failed = rows.reduce((sum, { foliosFailed }) => sum + foliosFailed, 0);
  return [
    `folios failed: ${failed}`,
    'the time of a promotion is that of the migration thread, the time of MADV_COLLAPSE that of the system call; ' +
      'the memory is not accessed during it',
    ...(prefilled === undefined
      ? []
      : [`prefilling the pool took ${prefilled.prefillSeconds.toFixed(2)} s, which no figure includes`]),
    'huge: bytes on huge pages afterwards, the minimum of all runs; GB/s are of those bytes',
    ...notes,
  ];
}
