import { rowLabel } from '../../../bench/move/row-spec.js';
import { ROLES, type Role } from '../../../bench/stall/options.js';
import type { StallReport, StallRow } from '../../../bench/stall/report.js';
import { formatSize } from '../../../common/size.js';
import type { Chart } from '../../../report/chart.js';
import { chartOf, spreadOf } from '../../../report/chart-of.js';
import type { Sheet } from '../../../report/sheet.js';
import { stallNotes } from './notes.js';
import { ratioTable, waitTable, wayOf } from './tables.js';

/** `bench stall`: who waits how long, and what that costs. */
export function stallSheet(report: StallReport): Sheet {
  const { rows } = report;
  const folios = [...new Set(rows.map(({ folio }) => folio))];
  const roles = ROLES.filter((role) => rows.some((row) => row.role === role));
  return {
    title: 'pageferry bench stall',
    summary: whatWasDone(report),
    charts: folios.flatMap((folio) =>
      roles.flatMap((role) => [waitChart(report, folio, role), speedChart(report, folio, role)]),
    ),
    tables: folios.flatMap((folio) => [
      ...roles.map((role) => waitTable(report, folio, role)),
      ...ratioTable(report, folio),
    ]),
    notes: stallNotes(report),
  };
}

function whatWasDone({ options }: StallReport): string {
  const { bytes, seconds, runs, depth, together, device } = options;
  return [
    `${formatSize(bytes)} to and fro`,
    `${runs} runs of ${seconds} s`,
    `pipeline depth ${depth}`,
    ...(together ? ['readers and writers at once'] : []),
    ...(device === 'soft' ? [] : [`dcbm by ${device}`]),
    'waits in µs, GB/s (10^9 bytes)',
  ].join(', ');
}

const byBatch = {
  axis: 'bytes out at once',
  category: ({ batchBytes }: StallRow) => formatSize(batchBytes),
  series: (row: StallRow) => `${wayOf(row)}, ${rowLabel(row)}`,
};

function waitChart({ rows, undisturbed }: StallReport, folio: string, role: Role): Chart {
  const alone = undisturbed.find((row) => row.folio === folio && row.role === role)!;
  return chartOf(of(rows, folio, role), {
    ...byBatch,
    title: `Waits of a ${role}: p99.99, folios of ${folio}`,
    unit: 'µs',
    value: (row) => row.p9999us,
    spread: (row) => spreadOf(row.rounds.map(({ p9999us }) => p9999us)),
    limit: { name: 'nothing is migrated', value: () => alone.p9999us },
    scale: 'log',
  });
}

function speedChart({ rows }: StallReport, folio: string, role: Role): Chart {
  return chartOf(of(rows, folio, role), {
    ...byBatch,
    title: `Throughput meanwhile, beside a ${role}, folios of ${folio}`,
    unit: 'GB/s',
    value: (row) => row.GBps,
    spread: (row) => spreadOf(row.rounds.map(({ GBps }) => GBps)),
  });
}

function of(rows: readonly StallRow[], folio: string, role: Role): StallRow[] {
  return rows.filter((row) => row.folio === folio && row.role === role);
}
