import type { MoveRow } from '../../../bench/move/report.js';
import { rowLabel } from '../../../bench/move/row-spec.js';
import type { Column } from '../../ui/table.js';

/** A column of the table: its title, and what a row has there. */
export interface MoveColumn extends Column {
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

/** GB/s, or a ratio, in at most five columns. */
export function speed(value: number): string {
  return value.toFixed(value < 99.995 ? 2 : 1);
}
