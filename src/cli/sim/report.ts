import { chartOf } from '../../report/chart-of.js';
import type { Sheet, SheetTable } from '../../report/sheet.js';
import { left, right } from '../ui/table.js';
import { meanError, type SimRow } from './cells.js';

export interface SimReport {
  readonly title: string;
  readonly profile: string;
  readonly rows: readonly SimRow[];
}

/** `sim move` and `sim batch`, with the RFC's figures beside the simulated ones. */
export function simSheet(report: SimReport & { readonly by: 'folio' | 'folios' }): Sheet {
  const { title, profile, by, rows } = report;
  return {
    title: by === 'folio' ? 'pageferry sim move' : 'pageferry sim batch',
    summary: `${title}, profile ${profile}, virtual time; GB/s (10^9 bytes)`,
    charts: [
      chartOf(rows, {
        title:
          by === 'folio' ? 'Simulated throughput by folio size' : 'Simulated throughput by folios of a call',
        unit: 'GB/s',
        axis: by === 'folio' ? 'folio size' : 'folios of a call',
        category: (row) => String(row[by]),
        series: simLabel,
        value: ({ GBps }) => GBps,
        elsewhere: { whose: 'RFC', value: ({ rfcGBps }) => rfcGBps },
      }),
    ],
    tables: [simTable(rows)],
    notes: simNotes(rows),
  };
}

/** The rows, beside the RFC's figures if it published some of them. */
function simTable(rows: readonly SimRow[]): SheetTable {
  const published = rows.some(({ error }) => error !== null);
  const intervals = hasIntervals(rows);
  const waits = hasWaits(rows);
  const tables = rows.some(({ tablesMoved }) => tablesMoved !== undefined);
  return {
    caption: 'Throughput in virtual time, GB/s (10^9 bytes)',
    columns: [
      ...right('folio', 'folios'),
      ...left('migrator'),
      ...right('GB/s', ...(intervals ? ['from', 'to'] : []), 'first folio', 'sys', 'idle'),
      ...(waits ? right('reader waits', 'writer waits') : []),
      ...(tables ? right('tables', 'single pages') : []),
      ...(published ? right('RFC', 'error') : []),
    ],
    rows: rows.map((row) => [
      row.folio,
      String(row.folios),
      simLabel(row),
      row.GBps.toFixed(2),
      ...(intervals ? [row.interval?.low.toFixed(2) ?? '', row.interval?.high.toFixed(2) ?? ''] : []),
      microseconds(row.firstFolioNs),
      percent(row.sysNs / row.ns),
      percent(row.idleNs / row.ns),
      ...(waits ? [microseconds(row.readerWaitNs), microseconds(row.writerWaitNs)] : []),
      ...(tables ? [String(row.tablesMoved ?? ''), String(row.pagesMovedSingly ?? '')] : []),
      ...(published ? [row.rfcGBps?.toFixed(2) ?? '', row.error === null ? '' : signed(row.error)] : []),
    ]),
  };
}

function simNotes(rows: readonly SimRow[]): string[] {
  const error = meanError(rows);
  const published = rows.filter((row) => row.error !== null).length;
  const waits = hasWaits(rows);
  const wrong = rows.reduce((sum, { wrongPages }) => sum + wrongPages, 0);
  const fallbacks = rows.reduce((sum, row) => sum + row.fallbacks, 0);
  return [
    wrong === 0 ? 'every page was checked after every run' : `${wrong} pages were LOST or in the wrong place`,
    ...(hasIntervals(rows)
      ? ['from, to: with a probability of 90 % the throughput of such a machine is between these']
      : []),
    'first folio: from the call until the folios of its first batch are mapped at the target',
    ...(waits
      ? ['waits: the longest wait of a thread for a page, from the moment in which the page is unmapped']
      : []),
    ...(fallbacks === 0 ? [] : [`${fallbacks} folios fell back to the CPU copy`]),
    ...(error === undefined
      ? []
      : [
          `RFC: the published figure (RFC v4 cover letter; one machine, see docs/simulation.md); mean absolute error of ` +
            `${published} cells ${percent(error)}`,
        ]),
  ];
}

/** A table for the documentation: every row that the RFC has. */
export function markdownReport({ rows }: SimReport): string {
  const lines = rows
    .filter((row) => row.error !== null)
    .map(
      (row) =>
        `| ${row.folio} | ${row.folios} | ${simLabel(row)} | ${row.rfcGBps!.toFixed(2)} | ${row.GBps.toFixed(2)} | ${signed(row.error!)} |`,
    );
  return [
    '| folio | folios | migrator | published | simulated | error |',
    '|--:|--:|---|--:|--:|--:|',
    ...lines,
  ].join('\n');
}

function hasIntervals(rows: readonly SimRow[]): boolean {
  return rows.some(({ interval }) => interval !== undefined);
}

function hasWaits(rows: readonly SimRow[]): boolean {
  return rows.some(({ copyMode }) => copyMode === 'write-protected');
}

/** The label of a row: `dcbm 4 ch`. */
function simLabel({ migrator, channels, threads, copyMode, placement, mapping }: SimRow): string {
  const through = [
    ...(placement === 'packed' ? [', packed'] : []),
    ...(mapping === 'per-folio' ? [', per-folio'] : []),
    ...(copyMode === 'write-protected' ? [', write-protected'] : []),
  ].join('');
  if (migrator === 'dcbm') return `dcbm ${channels ?? 1} ch${through}`;
  return `${migrator === 'mtcopy' ? `mtcopy ${threads ?? 2} thr` : migrator}${through}`;
}

function microseconds(nanoseconds: number): string {
  const digits = nanoseconds < 1e6 ? 1 : 0;
  return `${(nanoseconds / 1000).toFixed(digits)} µs`;
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

function signed(part: number): string {
  return `${part >= 0 ? '+' : ''}${(part * 100).toFixed(1)} %`;
}
