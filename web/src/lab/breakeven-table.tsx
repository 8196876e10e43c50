import type { BreakevenRow } from '../../../src/sim/experiments/breakeven.js';
import { type Column, DataTable } from '../ui/data-table.js';
import { formatBytes, formatCount } from '../ui/format.js';

const COLUMNS: readonly Column<BreakevenRow>[] = [
  { head: 'folio', rowHead: true, cell: ({ folio }) => formatBytes(folio) },
  { head: 'faster from', numeric: true, cell: ({ folio, timeFolios }) => batch(folio, timeFolios) },
  { head: 'less CPU from', numeric: true, cell: ({ folio, cpuFolios }) => batch(folio, cpuFolios) },
];

export function BreakevenTable({ rows }: { readonly rows: readonly BreakevenRow[] }) {
  return (
    <DataTable
      caption="Folios of a batch, and their bytes"
      columns={COLUMNS}
      rows={rows}
      keyOf={({ folio }) => String(folio)}
      empty="Nothing yet."
    />
  );
}

function batch(folio: number, folios: number | null) {
  if (folios === null) return <data value="never">never</data>;
  return (
    <data value={String(folios)}>
      {formatCount(folios)} <small>{formatBytes(folio * folios)}</small>
    </data>
  );
}
