import type { MoveReport, MoveRow, NativeSummary } from '../../../bench/move/report.js';
import { rowLabel } from '../../../bench/move/row-spec.js';
import { chartOf } from '../../../report/chart-of.js';
import type { Sheet, SheetTable } from '../../../report/sheet.js';
import { right } from '../../ui/table.js';
import { fallbackTable, moveColumns, moveNotes, speed, whatWasMoved } from './report.js';

/** `bench move` as a page: throughput, the best copy of the host as a limit, and the RFC's figures. */
export function moveSheet(report: MoveReport): Sheet {
  const { rows, limit } = report;
  const { batch, layout } = rows[0]!;
  const columns = moveColumns(rows);
  const fallbacks = fallbackTable(report);
  const limits = new Map(limit.native.map((each) => [cellOf(each), each.medianGBps]));
  return {
    title: 'pageferry bench move',
    summary: `Pages from node to node: ${whatWasMoved(report)}`,
    charts: [
      chartOf(rows, {
        title: batch === null ? 'Throughput by folio size' : 'Throughput by folios of 2M a call',
        unit: 'GB/s',
        axis: batch === null ? 'folio size' : 'folios of 2M a call',
        category: cellOf,
        series: (row) => (layout === 'alternate' ? `${rowLabel(row)} ${row.gaps}` : rowLabel(row)),
        value: (row) => row.medianGBps,
        spread: (row) => [row.minGBps, row.maxGBps],
        elsewhere: { whose: 'RFC', value: (row) => row.rfcGBps },
        limit: { name: 'best copy of this host', value: (cell) => limits.get(cell) ?? null },
      }),
    ],
    tables: [
      {
        caption: 'Throughput, GB/s (10^9 bytes)',
        columns,
        rows: rows.map((row) => columns.map(({ cell }) => cell(row))),
      },
      limitTable(limit.native, batch),
      ...(fallbacks === undefined ? [] : [fallbacks]),
    ],
    notes: moveNotes(report),
  };
}

function cellOf({ batch, folio }: Pick<MoveRow, 'batch' | 'folio'>): string {
  return batch === null ? folio : String(batch);
}

function limitTable(native: readonly NativeSummary[], batch: number | null): SheetTable {
  return {
    caption: 'Limit: the best copy of this host, GB/s',
    columns: right(batch === null ? 'folio' : 'folios', 'threads', 'median', 'min', 'max'),
    rows: native.map((each) => [
      cellOf(each),
      String(each.threads),
      ...[each.medianGBps, each.minGBps, each.maxGBps].map(speed),
    ]),
  };
}
