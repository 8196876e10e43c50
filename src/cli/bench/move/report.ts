import { emulationNote } from '../../../bench/harness/host.js';
import { OFFLOADING } from '../../../bench/move/options.js';
import type { MoveReport, MoveRow } from '../../../bench/move/report.js';
import { rowLabel } from '../../../bench/move/row-spec.js';
import { PMD_SIZE } from '../../../common/page.js';
import { formatSize } from '../../../common/size.js';
import { summarize } from '../../../common/summary.js';
import { FALLBACK_CAUSES } from '../../../mm/fallback-cause.js';
import type { SheetColumn, SheetTable } from '../../../report/sheet.js';
import { hostLine, noteLines } from '../../ui/sheet-text.js';
import { formatTable, left, right } from '../../ui/table.js';
import { linesOf, wrap } from '../../ui/wrap.js';

/** The figures of `bench move` for a terminal of 80 columns. */
export function formatMoveReport(report: MoveReport): string {
  const { host, rows } = report;
  const columns = moveColumns(rows);
  const fallbacks = fallbackTable(report);
  return [
    hostLine(host),
    wrap(whatWasMoved(report), 0),
    '',
    formatTable(
      columns,
      rows.map((row) => columns.map(({ cell }) => cell(row))),
    ),
    '',
    ...(fallbacks === undefined ? [] : [formatTable(fallbacks.columns, fallbacks.rows), '']),
    ...noteLines(moveNotes(report)),
  ].join('\n');
}

export function whatWasMoved({ rows, options }: MoveReport): string {
  const { bytes, batch, layout, runs } = rows[0]!;
  const moved =
    batch === null ? [`${formatSize(bytes)} per run`, layout] : ['folios of 2M, by folios per call'];
  const depth = `pipeline depth ${options.depth}`;
  const device = options.device === 'soft' ? [] : [`dcbm by ${options.device}`];
  return [...moved, `${runs} runs`, depth, ...device, 'GB/s (10^9 bytes)'].join(', ');
}

export function moveNotes(report: MoveReport): string[] {
  const { host, limit, rows, notes } = report;
  const emulation = emulationNote(host);
  const { median, min, max } = summarize(limit.native.flatMap(({ roundsGBps }) => roundsGBps));
  const threads = [...new Set(limit.native.map((each) => each.threads))].sort((a, b) => a - b).join(' or ');
  const gapFolios = rows.reduce((sum, { gapFoliosMoved }) => sum + gapFoliosMoved, 0);
  return [
    ...(touchedRows(report).length === 0 ? ['no folio failed, no copy fell back'] : []),
    `limit: the fastest copy of this host, streaming, with 1 to ${host.cpus} threads (best with ${threads}), one pass each ` +
      `round: median ${speed(median)}, ${speed(min)} to ${speed(max)}; ratios are medians round by round`,
    ...threadNote(rows),
    ...(rows[0]!.clock === 'caller' ? ["the time is the caller's: messages are part of it"] : []),
    ...(rows.some(({ clock }) => clock === 'kernel')
      ? ['kernel: move_pages(2) by one thread, on the same memory; the time is that of the system calls']
      : []),
    ...(gapFolios > 0
      ? [`gaps moved: ${gapFolios} folios that were on the target moved too; the figures do not count them`]
      : []),
    ...predictionNote(report),
    ...(report.prediction === undefined && rows.some(({ rfcGBps }) => rfcGBps !== null)
      ? ["RFC: its published figures, of another machine: two-socket AMD Zen 3, DMA by PTDMA (v4's tables)"]
      : []),
    ...(emulation === undefined ? [] : [emulation]),
    ...notes,
  ];
}

function predictionNote({ prediction, rows }: MoveReport): string[] {
  if (prediction === undefined) return [];
  const { profile, file, sha256, meanError, worstError } = prediction;
  const count = rows.filter(({ predictedGBps }) => predictedGBps !== undefined).length;
  return [
    `predicted by profile ${profile} before the first run (${file}, SHA-256 ${sha256.slice(0, 16)}…): mean absolute ` +
      `error ${(100 * meanError).toFixed(1)} % of ${count} rows, worst ${(100 * worstError).toFixed(0)} %`,
  ];
}

/** The rows without a migrator, relative to the copy of one thread. */
function threadNote(rows: readonly MoveRow[]): string[] {
  const alone = rows.filter(({ migrator }) => migrator === 'baseline');
  if (alone.length === 0) return [];
  const ratios = alone.map(({ medianOfThread }) => `${Math.round(medianOfThread * 100)} %`);
  return [`baseline, of the best copy of one thread: ${ratios.join(', ')}`];
}

export interface MoveColumn extends SheetColumn {
  readonly cell: (row: MoveRow) => string;
}

/** The columns that these rows need. */
export function moveColumns(rows: readonly MoveRow[]): MoveColumn[] {
  const first = rows[0]!;
  const columns: MoveColumn[] = [];
  const add = (title: string, align: 'left' | 'right', cell: (row: MoveRow) => string): void => {
    columns.push({ title, align, cell });
  };
  if (first.batch === null) add('folio', 'right', (row) => row.folio);
  else add('folios', 'right', (row) => String(row.batch));
  add('migrator', 'left', rowLabel);
  if (first.layout === 'alternate') add('gaps', 'left', (row) => row.gaps);
  add('median', 'right', (row) => speed(row.medianGBps));
  add('min', 'right', (row) => speed(row.minGBps));
  add('max', 'right', (row) => speed(row.maxGBps));
  add('of limit', 'right', (row) => `${Math.round(row.medianOfLimit * 100)} %`);
  const predicted = rows.some(({ predictedGBps }) => predictedGBps !== undefined);
  // Eighty columns have no room for both.
  const wide = predicted && first.batch !== null;
  if (first.medianOfBase !== null && !wide) add('× base', 'right', (row) => speed(row.medianOfBase ?? 0));
  if (first.batch !== null) add('call µs', 'right', callMicroseconds);
  add('verified', 'left', (row) => (row.verified ? 'yes' : 'NO'));
  if (predicted) {
    add('predicted', 'right', prediction);
  } else if (rows.some(({ rfcGBps }) => rfcGBps !== null)) {
    add('RFC', 'right', (row) => (row.rfcGBps === null ? '' : speed(row.rfcGBps)));
  }
  return columns;
}

/** A call of one batch maps its first folio right before its last one. */
function callMicroseconds({ batch, medianGBps }: MoveRow): string {
  return batch === null ? '' : ((batch * PMD_SIZE) / medianGBps / 1000).toFixed(0);
}

/** The predicted speed, and by how much that is more than the median. */
function prediction({ predictedGBps, medianGBps }: MoveRow): string {
  if (predictedGBps === undefined) return '';
  const error = predictedGBps / medianGBps - 1;
  return `${speed(predictedGBps)} ${error >= 0 ? '+' : ''}${(100 * error).toFixed(0)} %`;
}

/** GB/s, or a ratio, in at most five columns. */
export function speed(value: number): string {
  return value.toFixed(value < 99.995 ? 2 : 1);
}

const CAUSES_WIDTH = 36;

/** The rows with failures or fallbacks. With injected faults, all rows that offload. */
function touchedRows({ rows, options }: MoveReport): MoveRow[] {
  const injected = Object.keys(options.inject).length > 0;
  return rows.filter(
    ({ foliosFailed, fallbacks, migrator }) =>
      foliosFailed > 0 || fallbacks > 0 || (injected && OFFLOADING.has(migrator)),
  );
}

/**
 * By row, over all runs: folios that failed to move, and folios that a migrator got and did not copy, by cause. Undefined
 * without any, if no faults were injected.
 */
export function fallbackTable(report: MoveReport): SheetTable | undefined {
  const touched = touchedRows(report);
  if (touched.length === 0) return undefined;
  const first = report.rows[0]!;
  return {
    caption: 'Failures and fallbacks, in folios of all runs',
    columns: [
      ...right(first.batch === null ? 'folio' : 'folios'),
      ...left('migrator', ...(first.layout === 'alternate' ? ['gaps'] : [])),
      ...right('failed', 'fallbacks'),
      ...left('folios by cause'),
    ],
    rows: touched.map((row) => [
      row.batch === null ? row.folio : String(row.batch),
      rowLabel(row),
      ...(first.layout === 'alternate' ? [row.gaps] : []),
      String(row.foliosFailed),
      String(row.fallbacks),
      causes(row),
    ]),
  };
}

function causes({ fallbackCauses }: MoveRow): string {
  const found = FALLBACK_CAUSES.filter((cause) => fallbackCauses[cause] > 0);
  const text = found.map((cause) => `${cause}\u00a0${fallbackCauses[cause]}`).join(', ');
  return linesOf(text, CAUSES_WIDTH).join('\n').replaceAll('\u00a0', ' ');
}
