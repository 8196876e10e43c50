import { emulationNote } from '../../../bench/harness/host.js';
import type { MoveReport, MoveRow } from '../../../bench/move/report.js';
import { formatSize } from '../../../common/size.js';
import { summarize } from '../../../common/summary.js';
import { formatTable } from '../../ui/table.js';
import { wrap } from '../../ui/wrap.js';
import { moveColumns, speed } from './columns.js';
import { fallbackTable, touchedRows } from './fallback-report.js';

/** The figures of `bench move` for people: at most 80 columns. */
export function formatMoveReport(report: MoveReport): string {
  const { host, rows } = report;
  const columns = moveColumns(rows);
  const fallbacks = fallbackTable(report);
  return [
    `${host.cpuModel}, ${host.cpus} CPUs, ${host.kernel}, Node ${host.nodeVersion}`,
    wrap(whatWasMoved(report), 0),
    '',
    formatTable(
      columns,
      rows.map((row) => columns.map(({ cell }) => cell(row))),
    ),
    '',
    ...(fallbacks === undefined ? [] : [formatTable(fallbacks.columns, fallbacks.rows), '']),
    ...moveNotes(report).map((note) => `- ${wrap(note, 2)}`),
  ].join('\n');
}

/** In a sentence. */
export function whatWasMoved({ rows, options }: MoveReport): string {
  const { bytes, batch, layout, runs } = rows[0]!;
  const moved =
    batch === null ? [`${formatSize(bytes)} per run`, layout] : ['folios of 2M, so many per call'];
  const depth = `pipeline depth ${options.depth}`;
  const device = options.device === 'soft' ? [] : [`dcbm by ${options.device}`];
  return [...moved, `${runs} runs`, depth, ...device, 'GB/s (10^9 bytes)'].join(', ');
}

/** What a reader must know, a sentence each. */
export function moveNotes(report: MoveReport): string[] {
  const { host, limit, rows, notes } = report;
  const emulation = emulationNote(host);
  const { median, min, max } = summarize(limit.native.flatMap(({ roundsGBps }) => roundsGBps));
  const threads = [...new Set(limit.native.map((each) => each.threads))].sort((a, b) => a - b).join(' or ');
  const bridged = rows.reduce((sum, { foliosBridged }) => sum + foliosBridged, 0);
  return [
    ...(touchedRows(report).length === 0 ? ['no folio failed, no copy fell back'] : []),
    `limit: the best copy of this host, streaming, by 1 to ${host.cpus} threads (best with ${threads}), a pass each ` +
      `round: median ${speed(median)}, ${speed(min)} to ${speed(max)}; ratios are medians round by round`,
    ...threadNote(rows),
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

/** How near rows without a migrator come to what one thread can copy. */
function threadNote(rows: readonly MoveRow[]): string[] {
  const alone = rows.filter(({ migrator }) => migrator === 'baseline');
  if (alone.length === 0) return [];
  const ratios = alone.map(({ medianOfThread }) => `${Math.round(medianOfThread * 100)} %`);
  return [`baseline, of the best copy of one thread: ${ratios.join(', ')}`];
}
