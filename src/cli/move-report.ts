import { emulationNote } from '../bench/host.js';
import type { MoveReport, MoveRow } from '../bench/move/report.js';
import { RFC_BASELINE_GBPS } from '../bench/rfc-figures.js';
import { formatSize } from '../bench/size.js';
import { formatTable } from './table.js';
import { wrap } from './wrap.js';

const COLUMNS = [
  { title: 'folio', align: 'right' },
  { title: 'migrator' },
  { title: 'median', align: 'right' },
  { title: 'min', align: 'right' },
  { title: 'max', align: 'right' },
  { title: 'copy', align: 'right' },
  { title: 'of copy', align: 'right' },
  { title: 'failed', align: 'right' },
  { title: 'verified' },
  { title: 'RFC', align: 'right' },
] as const;

/** The figures of `bench move` for people: at most 80 columns. */
export function formatMoveReport(report: MoveReport, notes: readonly string[]): string {
  const { host, limit, rows } = report;
  const first = rows[0]!;
  const what = `${formatSize(first.bytes)} per run, ${first.layout}, ${first.runs} runs, GB/s (10^9 bytes)`;
  const emulation = emulationNote(host);
  // The RFC moved everything in address order.
  const compared = first.layout === 'contiguous';
  const all = [
    `copy: the same bytes by memcpy and one thread, median; 'of copy' is the median ratio round by round; ${limit.copyGBps.toFixed(2)} GB/s at best`,
    ...(compared ? ["RFC: the vanilla kernel on the RFC's two-socket Zen 3, for comparison"] : []),
    ...(emulation === undefined ? [] : [emulation]),
    ...notes,
  ];
  return [
    `${host.cpuModel}, ${host.cpus} CPUs, ${host.kernel}, Node ${host.nodeVersion}`,
    what,
    '',
    formatTable(
      compared ? COLUMNS : COLUMNS.slice(0, -1),
      rows.map((row) => cells(row, limit.medianByFolio[row.folio]!)),
    ),
    '',
    ...all.map((note) => `- ${wrap(note, 2)}`),
  ].join('\n');
}

function cells(row: MoveRow, copy: number): string[] {
  const rfc = row.migrator === 'baseline' ? RFC_BASELINE_GBPS.get(row.folio) : undefined;
  const all = [
    row.folio,
    row.migrator,
    row.medianGBps.toFixed(2),
    row.minGBps.toFixed(2),
    row.maxGBps.toFixed(2),
    copy.toFixed(2),
    `${Math.round(row.medianOfCopy * 100)} %`,
    String(row.foliosFailed),
    row.verified ? 'yes' : 'NO',
    rfc?.toFixed(2) ?? '',
  ];
  return row.layout === 'contiguous' ? all : all.slice(0, -1);
}
