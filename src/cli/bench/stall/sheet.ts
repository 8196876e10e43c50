import { emulationNote } from '../../../bench/harness/host.js';
import { rowLabel } from '../../../bench/move/row-spec.js';
import { ROLES, type Role } from '../../../bench/stall/options.js';
import type { StallReport, StallRow, WaitFigures } from '../../../bench/stall/report.js';
import { formatSize } from '../../../common/size.js';
import type { Chart } from '../../../report/chart.js';
import { chartOf, spreadOf } from '../../../report/chart-of.js';
import type { Sheet, SheetTable } from '../../../report/sheet.js';
import { left, right } from '../../ui/table.js';

/** `bench stall`: how long readers and writers wait, and the throughput beside it. */
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
    `${formatSize(bytes)} back and forth`,
    `${runs} runs of ${seconds} s`,
    `pipeline depth ${depth}`,
    ...(together ? ['readers and writers concurrently'] : []),
    ...(device === 'soft' ? [] : [`dcbm by ${device}`]),
    'waits in µs, GB/s (10^9 bytes)',
  ].join(', ');
}

const byBatch = {
  axis: 'bytes of a batch',
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
    title: `Throughput beside a ${role}, folios of ${folio}`,
    unit: 'GB/s',
    value: (row) => row.GBps,
    spread: (row) => spreadOf(row.rounds.map(({ GBps }) => GBps)),
  });
}

function of(rows: readonly StallRow[], folio: string, role: Role): StallRow[] {
  return rows.filter((row) => row.folio === folio && row.role === role);
}

/** The waits of one role, with migrations and without. */
function waitTable(
  { options, undisturbed, elsewhere, rows }: StallReport,
  folio: string,
  role: Role,
): SheetTable {
  const own = <T extends { folio: string; role: Role }>(all: readonly T[]) =>
    all.filter((row) => row.folio === folio && row.role === role);
  const line = (row: StallRow, way: string) => [
    formatSize(row.batchBytes),
    way,
    rowLabel(row),
    row.GBps.toFixed(2),
    ...times(row, row.ofUndisturbed),
  ];
  const threads = role === 'reader' ? options.readers : options.writers;
  return {
    caption: `folios of ${folio}, ${threads} ${role}${threads === 1 ? '' : 's'}`,
    columns: [
      ...right('batch'),
      ...left('copy mode', 'migrator'),
      ...right('GB/s', 'p50', 'p99', 'p99.99', 'max', 'done'),
    ],
    rows: [
      ...own(undisturbed).map((row) => ['', 'none', '', '', ...times(row, 1)]),
      ...own(elsewhere).map((row) => line(row, 'elsewhere')),
      ...own(rows).map((row) => line(row, wayOf(row))),
    ],
  };
}

/** The ratios of write-protected rows to exclusive ones; empty unless both were measured. */
function ratioTable({ rows }: StallReport, folio: string): SheetTable[] {
  const through = rows.filter((row) => row.folio === folio && row.ofExclusive !== null);
  if (through.length === 0) return [];
  return [
    {
      caption: `write-protected, of exclusive, folios of ${folio}`,
      columns: [...right('batch'), ...left('copy mode', 'migrator', 'role'), ...right('GB/s', 'p99.99')],
      rows: through.map((row) => [
        formatSize(row.batchBytes),
        wayOf(row),
        rowLabel(row),
        row.role,
        row.ofExclusive!.GBps.toFixed(2),
        row.ofExclusive!.p9999us.toFixed(3),
      ]),
    },
  ];
}

/** `write-protected`, or with the size of its cutovers if the user set it: `write-protected/1M`. */
function wayOf({ copyMode, cutoverBytes }: StallRow): string {
  return cutoverBytes === null ? copyMode : `${copyMode}/${formatSize(cutoverBytes)}`;
}

function times({ p50us, p99us, p9999us, maxus }: WaitFigures, done: number): string[] {
  return [...[p50us, p99us, p9999us, maxus].map(microseconds), `${Math.round(done * 100)} %`];
}

/** Three significant digits, at least. */
function microseconds(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

function stallNotes(report: StallReport): string[] {
  const { host, clocks, rows, elsewhere, notes } = report;
  const all = [...rows, ...elsewhere];
  const sum = (of: (row: StallRow) => number) => all.reduce((total, row) => total + of(row), 0);
  const emulation = emulationNote(host);
  const costs = clocks.map(
    ({ role, clock, costNs }) => `${costNs.toFixed(0)} ns of a ${role}'s clock (${clock})`,
  );
  return [
    [
      `updates lost: ${sum(({ updatesLost }) => updatesLost)}`,
      `wrong values: ${sum(({ wrongValues }) => wrongValues)}`,
      `folios failed: ${sum(({ foliosFailed }) => foliosFailed)}`,
    ].join(', '),
    `every wait includes ${costs.join(', ')}`,
    aboutTheLongest(report),
    'ratios are medians, round by round',
    ...(emulation === undefined ? [] : [emulation]),
    ...notes,
  ];
}

function aboutTheLongest({ host, options, rows }: StallReport): string {
  const { readers, writers, together } = options;
  const program = together ? readers + writers : Math.max(readers, writers);
  const copying = rows.map(({ migrator, threads, channels }) =>
    migrator === 'dcbm' ? 1 + channels : threads,
  );
  const threads = program + Math.max(...copying);
  return threads > host.cpus
    ? `up to ${threads} threads, the migration's included, share ${host.cpus} CPUs: the longest waits are waits for a ` +
        "CPU, too; 'elsewhere' shows their length"
    : "the longest waits of 'none' and 'elsewhere' are not for pages: this host also does other work";
}
