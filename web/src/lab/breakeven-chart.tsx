import { useMemo } from 'preact/hooks';
import type { BreakevenRow } from '../../../src/sim/experiments/breakeven.js';
import type { CallerBatch } from '../../../src/sim/experiments/caller-batch.js';
import { SURFACE_FOLIOS } from '../../../src/sim/lab/surface-plan.js';
import { Chart, type ChartSeries } from '../ui/chart.js';
import { formatBytes, formatCount } from '../ui/format.js';

interface BreakevenChartProps {
  readonly rows: readonly BreakevenRow[];
  readonly caller: CallerBatch | null;
}

const SERIES: readonly ChartSeries[] = [
  { label: 'faster from', color: 'series-1', width: 3 },
  { label: 'less CPU from', color: 'series-2', dash: [8, 4], width: 3 },
  { label: 'never faster (of what was tried)', color: 'bad', points: true },
];
const LEAST_TOP = 64;

/** Above a line it pays; the caller's own batch is a line of its own. */
export function BreakevenChart({ rows, caller }: BreakevenChartProps) {
  const at = (folio: number) => rows.find((row) => row.folio === folio);
  const most = Math.max(
    LEAST_TOP,
    caller?.folios ?? 1,
    ...rows.map(({ timeFolios, cpuFolios }) => Math.max(timeFolios ?? 1, cpuFolios ?? 1)),
  );
  const top = 2 ** Math.ceil(Math.log2(most));
  const data = useMemo(
    () => [
      [...SURFACE_FOLIOS],
      SURFACE_FOLIOS.map((folio) => at(folio)?.timeFolios ?? null),
      SURFACE_FOLIOS.map((folio) => at(folio)?.cpuFolios ?? null),
      SURFACE_FOLIOS.map((folio) => (at(folio)?.timeFolios === null ? top : null)),
      ...(caller === null ? [] : [SURFACE_FOLIOS.map(() => caller.folios)]),
    ],
    [rows, caller, top],
  );
  const series: ChartSeries[] = [...SERIES];
  if (caller !== null) series.push({ label: "the caller's own batch", color: 'text', dash: [2, 4] });
  return (
    <Chart
      label="Folios of a batch from which on offloading is faster, and from which on it takes less CPU, by folio size"
      height={300}
      x={{ label: 'folio size', log: 2, ticks: SURFACE_FOLIOS, format: formatBytes }}
      y={{ label: 'folios of a batch', log: 2, min: 1, max: top, ticks: powers(top), format: formatCount }}
      series={series}
      data={data}
    />
  );
}

function powers(top: number): number[] {
  const all: number[] = [];
  // Every second one where there would be many.
  const by = top > 256 ? 4 : 2;
  for (let value = 1; value <= top; value *= by) all.push(value);
  return all;
}
