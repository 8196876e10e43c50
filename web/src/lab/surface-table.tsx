import { SURFACE_FOLIOS, type SurfaceRow } from '../../../src/sim/lab/surface-plan.js';
import { type Column, DataTable } from '../ui/data-table.js';
import { formatBytes, formatCount } from '../ui/format.js';
import { Exact } from './exact.js';
import { keyOf, type Surface, type SurfaceResult } from './surface.js';

interface Line extends SurfaceResult {
  readonly label: string;
}

const COLUMNS: readonly Column<Line>[] = [
  { head: 'folio', rowHead: true, cell: ({ figures }) => formatBytes(figures.folio) },
  { head: 'row', cell: ({ label }) => label },
  { head: 'folios', numeric: true, cell: ({ figures }) => formatCount(figures.folios) },
  {
    head: 'GB/s',
    numeric: true,
    cell: ({ figures: { GBps } }) => <Exact value={GBps} text={GBps.toFixed(2)} />,
  },
  { head: 'ns', numeric: true, cell: ({ figures: { ns } }) => <Exact value={ns} text={formatCount(ns)} /> },
  {
    head: 'sys ns',
    numeric: true,
    cell: ({ figures: { sysNs } }) => <Exact value={sysNs} text={formatCount(sysNs)} />,
  },
  {
    head: 'idle ns',
    numeric: true,
    cell: ({ figures: { idleNs } }) => <Exact value={idleNs} text={formatCount(idleNs)} />,
  },
  {
    head: 'reader waits ns',
    numeric: true,
    cell: ({ figures: { readerWaitNs } }) => <Exact value={readerWaitNs} text={formatCount(readerWaitNs)} />,
  },
  {
    head: 'writer waits ns',
    numeric: true,
    cell: ({ figures: { writerWaitNs } }) => <Exact value={writerWaitNs} text={formatCount(writerWaitNs)} />,
  },
];

/** Every figure of the surface, to the nanosecond. */
export function SurfaceTable({
  rows,
  surface,
}: {
  readonly rows: readonly SurfaceRow[];
  readonly surface: Surface;
}) {
  const lines = SURFACE_FOLIOS.flatMap((folio) =>
    rows.flatMap(({ label }, row): Line[] => {
      const result = surface.get(keyOf(row, folio));
      return result === undefined || result.stale ? [] : [{ ...result, label }];
    }),
  );
  return (
    <details class="more">
      <summary>All figures as a table</summary>
      <DataTable
        caption="Virtual time, all digits on the figures themselves"
        columns={COLUMNS}
        rows={lines}
        keyOf={({ cell, figures }) => keyOf(cell.row, figures.folio)}
        empty="Nothing yet."
      />
    </details>
  );
}
