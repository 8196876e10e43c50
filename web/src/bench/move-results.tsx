import { Chart, type ChartAxis } from '../ui/chart.js';
import { DataTable } from '../ui/data-table.js';
import { formatBytes, formatCount } from '../ui/format.js';
import { Panel } from '../ui/panel.js';
import { HostNote } from './host-note.js';
import { type Curves, measuredCurves, nameOf, publishedCurves } from './move-series.js';
import type { MoveReport, MoveRow } from './reports.js';

const Y = { label: 'GB/s' };

/** Without a report, only what was published is there to see. */
export function MoveResults({ report }: { readonly report: MoveReport | undefined }) {
  const byBatch = report?.rows.some(({ batch }) => batch !== null) ?? false;
  return (
    <>
      <div class="pair">
        <Panel title="This host" note="medians; every byte verified after every run">
          {report === undefined ? (
            <p class="note placeholder">Nothing has been measured yet.</p>
          ) : (
            <ThroughputChart
              label="Throughput measured on this host, with the limit of its best copy"
              curves={measuredCurves(report)}
              byBatch={byBatch}
            />
          )}
          {report !== undefined && <HostNote host={report.host} notes={report.notes} />}
        </Panel>
        <Panel title="Another machine" note="as published by the RFC">
          <ThroughputChart
            label="Throughput published by the RFC, of another machine"
            curves={publishedCurves(byBatch)}
            byBatch={byBatch}
          />
          <p class="note">
            Two-socket AMD Zen 3, Linux 7.0-rc2, DMA by PTDMA hardware (RFC v4, linux-mm, 9 March 2026). Its
            axis is its own: compare shapes, not heights.
          </p>
        </Panel>
      </div>
      {report !== undefined && <MoveTable rows={report.rows} />}
    </>
  );
}

interface ThroughputChartProps {
  readonly label: string;
  readonly curves: Curves;
  readonly byBatch: boolean;
}

function ThroughputChart({ label, curves: { places, series, data }, byBatch }: ThroughputChartProps) {
  const min = Math.min(...places);
  const max = Math.max(...places);
  const x: ChartAxis = {
    label: byBatch ? 'folios of 2M a call' : 'folio size',
    log: 2,
    min: min / 1.2,
    max: max * 1.2,
    ticks: places,
    format: byBatch ? formatCount : formatBytes,
  };
  return <Chart label={label} x={x} y={Y} series={series} data={data} height={260} />;
}

function MoveTable({ rows }: { readonly rows: readonly MoveRow[] }) {
  return (
    <Panel title="Rows">
      <DataTable
        caption="Throughput in GB/s (10⁹ bytes a second): median, minimum and maximum of the runs"
        columns={[
          {
            head: 'Folio',
            cell: (row) => (row.batch === null ? row.folio : `${row.folio} × ${row.batch}`),
            rowHead: true,
          },
          { head: 'Migrator', cell: nameOf },
          { head: 'Median', cell: (row) => row.medianGBps.toFixed(2), numeric: true },
          {
            head: 'Min to max',
            cell: (row) => `${row.minGBps.toFixed(2)} to ${row.maxGBps.toFixed(2)}`,
            numeric: true,
          },
          { head: 'Of the limit', cell: (row) => `${Math.round(row.medianOfLimit * 100)} %`, numeric: true },
          { head: '× baseline', cell: (row) => row.medianOfBase?.toFixed(2) ?? '–', numeric: true },
          { head: 'RFC, another machine', cell: (row) => row.rfcGBps?.toFixed(2) ?? '–', numeric: true },
          { head: 'Fell back', cell: (row) => formatCount(row.fallbacks), numeric: true },
          { head: 'Failed', cell: (row) => formatCount(row.foliosFailed), numeric: true },
          { head: 'Verified', cell: (row) => (row.verified ? 'yes' : 'NO') },
        ]}
        rows={rows}
        keyOf={(row) => `${row.folio} ${row.batch} ${nameOf(row)}`}
      />
    </Panel>
  );
}
