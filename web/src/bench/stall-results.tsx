import { Chart, type ChartAxis } from '../ui/chart.js';
import { DataTable } from '../ui/data-table.js';
import { formatBytes, formatCount, formatMicroseconds } from '../ui/format.js';
import { Panel } from '../ui/panel.js';
import { HostNote } from './host-note.js';
import { seriesAt } from './move-series.js';
import type { StallReport, StallRow } from './reports.js';

const WAITS: ChartAxis = { label: 'p99.99 of accesses', log: 10, format: formatMicroseconds };
const SPEEDS: ChartAxis = { label: 'GB/s' };

export function StallResults({ report }: { readonly report: StallReport }) {
  const { rows, host, notes } = report;
  return (
    <>
      <div class="pair">
        <Panel title="Waits" note="by batch size">
          <StallChart
            label="The 99.99th percentile of accesses by batch size"
            rows={rows}
            y={WAITS}
            value={(row) => row.p9999us}
          />
          <HostNote host={host} notes={notes} />
        </Panel>
        <Panel title="Throughput">
          <StallChart
            label="Throughput by batch size in GB/s"
            rows={rows}
            y={SPEEDS}
            value={(row) => row.GBps}
          />
          <p class="note">The RFC did not publish such figures.</p>
        </Panel>
      </div>
      <Panel title="Rows">
        <DataTable
          caption="Time of an access while the memory is migrated, both clock reads included"
          columns={[
            { head: 'Batch', cell: (row) => formatBytes(row.batchBytes), rowHead: true },
            { head: 'Folio', cell: (row) => row.folio },
            { head: 'Copy mode', cell: (row) => row.copyMode },
            { head: 'Migrator', cell: (row) => row.migrator },
            { head: 'Threads', cell: (row) => `${row.role}s` },
            { head: 'GB/s', cell: (row) => row.GBps.toFixed(2), numeric: true },
            { head: 'p50', cell: (row) => formatMicroseconds(row.p50us), numeric: true },
            { head: 'p99', cell: (row) => formatMicroseconds(row.p99us), numeric: true },
            { head: 'p99.9', cell: (row) => formatMicroseconds(row.p999us), numeric: true },
            { head: 'p99.99', cell: (row) => formatMicroseconds(row.p9999us), numeric: true },
            { head: 'Longest', cell: (row) => formatMicroseconds(row.maxus), numeric: true },
            { head: 'Accesses/s', cell: (row) => formatCount(row.readsPerSecond), numeric: true },
          ]}
          rows={rows}
          keyOf={(row) => `${row.batchBytes} ${row.folio} ${nameOf(row)}`}
        />
      </Panel>
    </>
  );
}

function nameOf({ copyMode, migrator, role }: StallRow): string {
  return `${copyMode}, ${migrator}, ${role}s`;
}

interface StallChartProps {
  readonly label: string;
  readonly rows: readonly StallRow[];
  readonly y: ChartAxis;
  readonly value: (row: StallRow) => number;
}

function StallChart({ label, rows, y, value }: StallChartProps) {
  const places = [...new Set(rows.map(({ batchBytes }) => batchBytes))].sort((a, b) => a - b);
  const names = [...new Set(rows.map(nameOf))];
  const curves = names.map((name) =>
    places.map((place) => {
      const row = rows.find((one) => nameOf(one) === name && one.batchBytes === place);
      return row === undefined ? null : value(row);
    }),
  );
  const x: ChartAxis = {
    label: 'batch',
    log: 2,
    min: Math.min(...places) / 1.2,
    max: Math.max(...places) * 1.2,
    ticks: places,
    format: formatBytes,
  };
  return (
    <Chart label={label} x={x} y={y} series={names.map(seriesAt)} data={[places, ...curves]} height={260} />
  );
}
