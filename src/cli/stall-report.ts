import { emulationNote } from '../bench/host.js';
import { rowLabel } from '../bench/move/row-spec.js';
import { formatSize } from '../bench/size.js';
import type { Role } from '../bench/stall/options.js';
import { ROLES } from '../bench/stall/options.js';
import type { StallReport, StallRow, WaitFigures } from '../bench/stall/report.js';
import { type Column, formatTable } from './table.js';
import { wrap } from './wrap.js';

const WAITS: readonly Column[] = ['p50', 'p99', 'p99.99', 'max', 'done'].map((title) => ({
  title,
  align: 'right',
}));
const COLUMNS: readonly Column[] = [
  { title: 'batch', align: 'right' },
  { title: 'concurrency' },
  { title: 'migrator' },
  { title: 'GB/s', align: 'right' },
  ...WAITS,
];

/** The figures of `bench stall` for people: at most 80 columns. */
export function formatStallReport(report: StallReport): string {
  const { host, rows } = report;
  const folios = [...new Set(rows.map(({ folio }) => folio))];
  const roles = ROLES.filter((role) => rows.some((row) => row.role === role));
  return [
    `${host.cpuModel}, ${host.cpus} CPUs, ${host.kernel}, Node ${host.nodeVersion}`,
    wrap(whatWasDone(report), 0),
    ...folios.flatMap((folio) => [
      ...roles.flatMap((role) => [
        '',
        `folios of ${folio}, ${whoWaits(report, role)}:`,
        waits(report, folio, role),
      ]),
      ...ratios(report, folio),
    ]),
    '',
    ...notesOf(report).map((note) => `- ${wrap(note, 2)}`),
  ].join('\n');
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

function whoWaits({ options }: StallReport, role: Role): string {
  const threads = role === 'reader' ? options.readers : options.writers;
  return `${threads} ${role}${threads === 1 ? '' : 's'}`;
}

function waits({ undisturbed, elsewhere, rows }: StallReport, folio: string, role: Role): string {
  const own = <T extends { folio: string; role: Role }>(all: readonly T[]) =>
    all.filter((row) => row.folio === folio && row.role === role);
  const line = (row: StallRow, concurrency: string) => [
    formatSize(row.batchBytes),
    concurrency,
    rowLabel(row),
    row.GBps.toFixed(2),
    ...times(row, row.ofUndisturbed),
  ];
  return formatTable(COLUMNS, [
    ...own(undisturbed).map((row) => ['', 'none', '', '', ...times(row, 1)]),
    ...own(elsewhere).map((row) => line(row, 'elsewhere')),
    ...own(rows).map((row) => line(row, concurrencyOf(row))),
  ]);
}

function concurrencyOf({ concurrency, swapBytes }: StallRow): string {
  return swapBytes === null ? concurrency : `${concurrency}/${formatSize(swapBytes)}`;
}

function times({ p50us, p99us, p9999us, maxus }: WaitFigures, done: number): string[] {
  return [...[p50us, p99us, p9999us, maxus].map(microseconds), `${Math.round(done * 100)} %`];
}

/** Three digits at least, none of them behind what the clock can tell. */
function microseconds(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

/** What read-through comes to, of exclusive. */
function ratios({ rows }: StallReport, folio: string): string[] {
  const through = rows.filter((row) => row.folio === folio && row.ofExclusive !== null);
  if (through.length === 0) return [];
  const columns: readonly Column[] = [
    { title: 'batch', align: 'right' },
    { title: 'read-through, of exclusive' },
    { title: 'role' },
    { title: 'GB/s', align: 'right' },
    { title: 'p99.99', align: 'right' },
  ];
  const lines = through.map((row) => [
    formatSize(row.batchBytes),
    `${rowLabel(row)}${row.swapBytes === null ? '' : `, swaps of ${formatSize(row.swapBytes)}`}`,
    row.role,
    row.ofExclusive!.GBps.toFixed(2),
    row.ofExclusive!.p9999us.toFixed(3),
  ]);
  return ['', formatTable(columns, lines)];
}

function notesOf({ host, options, clocks, rows, elsewhere, notes }: StallReport): string[] {
  const emulation = emulationNote(host);
  const { readers, writers, together } = options;
  const program = together ? readers + writers : Math.max(readers, writers);
  const copiers = Math.max(
    ...rows.map(({ migrator, threads, channels }) => (migrator === 'dcbm' ? 1 + channels : threads)),
  );
  const all = [...rows, ...elsewhere];
  const sum = (of: (row: StallRow) => number) => all.reduce((total, row) => total + of(row), 0);
  const [lost, wrong, failed] = [
    sum(({ updatesLost }) => updatesLost),
    sum(({ wrongValues }) => wrongValues),
    sum(({ foliosFailed }) => foliosFailed),
  ];
  return [
    `updates lost: ${lost}, values that cannot be: ${wrong}, folios failed: ${failed}`,
    `in every wait: ${clocks
      .map(({ role, clock, costNs }) => `${costNs.toFixed(0)} ns of a ${role}'s clock (${clock})`)
      .join(', ')}`,
    ...(program + copiers > host.cpus
      ? [
          `up to ${program + copiers} threads, the migration's included, share ${host.cpus} CPUs: the longest ` +
            "waits are waits for a CPU, too; 'elsewhere' says how long those are",
        ]
      : ["the longest waits of 'none' and 'elsewhere' are not for pages: the host has other work, too"]),
    'ratios are medians, round by round',
    ...(emulation === undefined ? [] : [emulation]),
    ...notes,
  ];
}
