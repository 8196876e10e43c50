import { useMemo } from 'preact/hooks';
import { bytesOfUnit, type HeatSnapshot } from '../../../src/heat/heat-snapshot.js';
import { hottest } from '../../../src/heat/hottest.js';
import { exactSize, showRate, showSeconds } from '../../../src/heat/map/axis-text.js';
import { WORKING_SET_TEXT } from '../../../src/heat/map/legend.js';
import type { WorkingSet } from '../../../src/heat/working-set.js';
import { Chart } from '../ui/chart.js';
import { type Column, DataTable } from '../ui/data-table.js';
import { formatBytes } from '../ui/format.js';

const MIB = 2 ** 20;
const HOTTEST = 5;

const X = {
  label: 'touched within',
  log: 10,
  min: 1,
  max: 60,
  ticks: [1, 10, 60],
  format: (seconds: number) => showSeconds(seconds),
} as const;
const Y = { label: 'MiB' } as const;
const SERIES = [
  { label: 'at least', color: 'series-3', dash: [2, 3], marked: true },
  { label: 'estimate', color: 'series-1', marked: true },
  { label: 'at most', color: 'series-2', dash: [6, 3], marked: true },
] as const;

/** The working-set curve: the bytes that are touched within 1 s, 10 s and 60 s. */
export function WorkingSetCurve({ sets }: { readonly sets: readonly WorkingSet[] }) {
  const data = useMemo(
    () => [
      sets.map(({ windowMs }) => windowMs / 1000),
      sets.map(({ lowBytes }) => lowBytes / MIB),
      sets.map(({ estimateBytes }) => estimateBytes / MIB),
      sets.map(({ highBytes }) => highBytes / MIB),
    ],
    [sets],
  );
  return (
    <section class="stack heat-part" aria-label="Working set">
      <h3>Working set</h3>
      <Chart
        label="Working-set curve: MiB that the program touches within a time; the table has the figures"
        x={X}
        y={Y}
        series={SERIES}
        data={data}
        height={180}
      />
      <DataTable
        caption="Bytes that are touched within a time, if accesses continue as now"
        columns={SET_COLUMNS}
        rows={sets}
        keyOf={({ windowMs }) => String(windowMs)}
      />
      <p class="note">{WORKING_SET_TEXT}</p>
    </section>
  );
}

const SET_COLUMNS: readonly Column<WorkingSet>[] = [
  { head: 'Within', cell: ({ windowMs }) => showSeconds(windowMs / 1000), rowHead: true },
  { head: 'At least', cell: ({ lowBytes }) => formatBytes(lowBytes), numeric: true },
  { head: 'Estimate', cell: ({ estimateBytes }) => formatBytes(estimateBytes), numeric: true },
  { head: 'At most', cell: ({ highBytes }) => formatBytes(highBytes), numeric: true },
  { head: 'Unknown', cell: ({ unknownBytes }) => formatBytes(unknownBytes), numeric: true },
];

/** The figures of the hottest rows of the map, as they are now. */
export function HottestTable({ snapshot }: { readonly snapshot: HeatSnapshot }) {
  const { offset, unitBytes, rate, age, observations } = snapshot;
  const columns: readonly Column<number>[] = [
    { head: 'Offset', cell: (unit) => exactSize(offset + unit * unitBytes), rowHead: true },
    { head: 'Size', cell: (unit) => formatBytes(bytesOfUnit(snapshot, unit)), numeric: true },
    { head: 'Accesses/s', cell: (unit) => showRate(rate[unit]!), numeric: true },
    { head: 'Last access', cell: (unit) => ago(age[unit]!), numeric: true },
    { head: 'Observations', cell: (unit) => showRate(observations[unit]!), numeric: true },
  ];
  return (
    <section class="stack heat-part" aria-label="Hottest memory">
      <h3>Hottest memory</h3>
      <DataTable
        caption={`Units of ${formatBytes(unitBytes)} with the highest rates now`}
        columns={columns}
        rows={[...hottest(snapshot, 1).subarray(0, HOTTEST)]}
        keyOf={String}
        empty="No access is known"
      />
    </section>
  );
}

function ago(ms: number): string {
  return Number.isNaN(ms) ? '–' : showSeconds(Math.round(ms) / 1000);
}
