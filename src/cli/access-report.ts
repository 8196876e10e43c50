import { ACCESS_KINDS } from '../bench/access/access-times.js';
import type { AccessReport, AccessRow } from '../bench/access/report.js';
import { rowLabel } from '../bench/move/row-spec.js';
import { formatSize } from '../bench/size.js';
import { type Column, formatTable } from './table.js';
import { wrap } from './wrap.js';

const WAYS: readonly Column[] = [{ title: 'way' }, { title: 'pages' }];
const SPEED: readonly Column[] = [
  ...WAYS,
  { title: 'GB/s', align: 'right' },
  { title: 'min', align: 'right' },
  { title: 'max', align: 'right' },
  { title: '× collapse', align: 'right' },
  { title: 'huge', align: 'right' },
  { title: 'verified' },
];
const ACCESS: readonly Column[] = [
  { title: 'access' },
  ...WAYS,
  { title: 'before', align: 'right' },
  { title: 'after', align: 'right' },
  { title: 'faster', align: 'right' },
];

/** The figures of `bench access` for people: at most 80 columns. */
export function formatAccessReport(report: AccessReport): string {
  const { host, rows, options } = report;
  const { bytes, accesses, runs, batchBytes } = options;
  const what =
    `${formatSize(bytes)} from 4K pages onto huge ones, batches of ${formatSize(batchBytes)}, ${runs} runs, ` +
    'medians, GB/s (10^9 bytes)';
  return [
    `${host.cpuModel}, ${host.cpus} CPUs, ${host.kernel}, Node ${host.nodeVersion}`,
    wrap(what, 0),
    '',
    formatTable(
      SPEED,
      rows.map((row) => [
        wayOf(row),
        row.pages,
        ...[row.medianGBps, row.minGBps, row.maxGBps, row.ofCollapse].map((value) => value.toFixed(2)),
        `${((100 * row.hugeBytes) / bytes).toFixed(1)} %`,
        row.verified ? 'yes' : 'NO',
      ]),
    ),
    '',
    `ns per access, ${accesses.toLocaleString('en-US')} of each kind:`,
    formatTable(
      ACCESS,
      ACCESS_KINDS.flatMap((kind) =>
        rows.map((row) => [
          kind,
          wayOf(row),
          row.pages,
          row.before[`${kind}Ns`].toFixed(1),
          row.after[`${kind}Ns`].toFixed(1),
          `× ${row.faster[kind].toFixed(2)}`,
        ]),
      ),
    ),
    '',
    ...notesOf(report).map((note) => `- ${wrap(note, 2)}`),
  ].join('\n');
}

function wayOf({ how, migrator, threads }: AccessRow): string {
  if (migrator === null) return 'MADV_COLLAPSE';
  return `${how}, ${rowLabel({ migrator, threads, channels: 1 })}`;
}

function notesOf({ rows, notes }: AccessReport): string[] {
  const stocked = rows.find(({ pages }) => pages === 'stocked');
  const failed = rows.reduce((sum, { foliosFailed }) => sum + foliosFailed, 0);
  return [
    `folios failed: ${failed}`,
    "the time of a promotion is the migration thread's, that of MADV_COLLAPSE the system call's; " +
      'nobody accesses the memory meanwhile',
    ...(stocked === undefined
      ? []
      : [`to stock the pool took ${stocked.stockSeconds.toFixed(2)} s, which is in no figure`]),
    'huge: what is on huge pages afterwards, by what the kernel says, the least of all runs; GB/s are of those bytes',
    ...notes,
  ];
}
