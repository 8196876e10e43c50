import { emulationNote } from '../bench/host.js';
import type { MoveReport, MoveRow } from '../bench/move/report.js';
import { rowLabel } from '../bench/move/row-spec.js';
import { formatSize } from '../bench/size.js';
import { summarize } from '../bench/summary.js';
import { formatFallbacks } from './fallback-report.js';
import { type Column, formatTable } from './table.js';
import { wrap } from './wrap.js';

/** A column of the table: its title, and what a row has there. */
interface MoveColumn extends Column {
  readonly cell: (row: MoveRow) => string;
}

/** The figures of `bench move` for people: at most 80 columns. */
export function formatMoveReport(report: MoveReport): string {
  const { host, rows } = report;
  const columns = columnsOf(rows);
  const fallbacks = formatFallbacks(report);
  return [
    `${host.cpuModel}, ${host.cpus} CPUs, ${host.kernel}, Node ${host.nodeVersion}`,
    wrap(whatWasDone(report), 0),
    '',
    formatTable(
      columns,
      rows.map((row) => columns.map(({ cell }) => cell(row))),
    ),
    '',
    ...(fallbacks === undefined ? [] : [fallbacks, '']),
    ...(fallbacks === undefined ? ['no folio failed, no copy fell back'] : []).map((note) => `- ${note}`),
    ...notesOf(report).map((note) => `- ${wrap(note, 2)}`),
  ].join('\n');
}

function columnsOf(rows: readonly MoveRow[]): MoveColumn[] {
  const first = rows[0]!;
  const columns: MoveColumn[] = [];
  const add = (title: string, align: 'left' | 'right', cell: (row: MoveRow) => string): void => {
    columns.push({ title, align, cell });
  };
  if (first.batch === null) add('folio', 'right', (row) => row.folio);
  else add('folios', 'right', (row) => String(row.batch));
  add('migrator', 'left', rowLabel);
  if (first.layout === 'alternate') add('gaps', 'left', (row) => row.granularity);
  add('median', 'right', (row) => speed(row.medianGBps));
  add('min', 'right', (row) => speed(row.minGBps));
  add('max', 'right', (row) => speed(row.maxGBps));
  add('of limit', 'right', (row) => `${Math.round(row.medianOfLimit * 100)} %`);
  if (first.medianOfBase !== null) add('× base', 'right', (row) => speed(row.medianOfBase ?? 0));
  add('verified', 'left', (row) => (row.verified ? 'yes' : 'NO'));
  if (rows.some(({ rfcGBps }) => rfcGBps !== null)) {
    add('RFC', 'right', (row) => (row.rfcGBps === null ? '' : speed(row.rfcGBps)));
  }
  return columns;
}

function whatWasDone({ rows, options }: MoveReport): string {
  const { bytes, batch, layout, runs } = rows[0]!;
  const moved =
    batch === null ? [`${formatSize(bytes)} per run`, layout] : ['folios of 2M, so many per call'];
  const depth = `pipeline depth ${options.depth}`;
  const device = options.device === 'soft' ? [] : [`dcbm by ${options.device}`];
  return [...moved, `${runs} runs`, depth, ...device, 'GB/s (10^9 bytes)'].join(', ');
}

function notesOf({ host, limit, rows, notes }: MoveReport): string[] {
  const emulation = emulationNote(host);
  const { median, min, max } = summarize(limit.native.flatMap(({ roundsGBps }) => roundsGBps));
  const threads = [...new Set(limit.native.map((each) => each.threads))].sort((a, b) => a - b).join(' or ');
  const bridged = rows.reduce((sum, { foliosBridged }) => sum + foliosBridged, 0);
  return [
    `limit: the best copy of this host, streaming, by 1 to ${host.cpus} threads (best with ${threads}), a pass each ` +
      `round: median ${speed(median)}, ${speed(min)} to ${speed(max)}; ratios are medians round by round`,
    ...(rows[0]!.clock === 'caller' ? ["the time is the caller's: messages are part of it"] : []),
    ...(rows.some(({ clock }) => clock === 'kernel')
      ? ['kernel: move_pages(2) by one thread, on the same memory; the time is that of the system calls']
      : []),
    ...(bridged > 0
      ? [`bridge: ${bridged} folios that were on the target moved along; they are not in the figures`]
      : []),
    ...(rows.some(({ rfcGBps }) => rfcGBps !== null)
      ? ["RFC: its published figures, of another machine: two-socket AMD Zen 3, DMA by PTDMA (v4's tables)"]
      : []),
    ...(emulation === undefined ? [] : [emulation]),
    ...notes,
  ];
}

/** GB/s, or a ratio, in at most five columns. */
function speed(value: number): string {
  return value.toFixed(value < 99.995 ? 2 : 1);
}
