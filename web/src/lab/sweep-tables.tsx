import type { SweepCell, SweepTable } from '../../../src/sim/sweep/sheet/sweep-tables.js';
import { type Column, DataTable } from '../ui/data-table.js';
import { Exact } from './exact.js';

interface Line {
  readonly at: number;
  readonly cells: readonly SweepCell[];
}

/** The tables of the page of `--html`, with all digits of their figures. */
export function SweepTables({ tables }: { readonly tables: readonly SweepTable[] }) {
  return (
    <div class="stack sweep-tables">
      {tables.map((table) => (
        <OneTable key={table.caption.split(/[ :]/)[0]} {...table} />
      ))}
    </div>
  );
}

function OneTable({ caption, columns, rows }: SweepTable) {
  const shown = columns.map(
    ({ title, numeric }, column): Column<Line> => ({
      head: title,
      id: String(column),
      numeric,
      rowHead: column === 0,
      cell: ({ cells }) => cellOf(cells[column]!),
    }),
  );
  return (
    <DataTable
      caption={caption}
      columns={shown}
      rows={rows.map((cells, at) => ({ at, cells }))}
      keyOf={({ at }) => String(at)}
      empty="No cell has figures."
    />
  );
}

function cellOf(cell: SweepCell) {
  return typeof cell === 'string' ? cell : <Exact {...cell} />;
}
