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
  { label: 'faster from', color: 'series-1', width: 3, marked: true },
  { label: 'less CPU from', color: 'series-2', dash: [8, 4], width: 3, marked: true },
];
const NEVER_FASTER: ChartSeries = { label: 'never faster', color: 'bad', points: true };
const NEVER_LESS_CPU: ChartSeries = { label: 'never less CPU', color: 'series-4', points: true };
const MIN_TOP = 64;
/** Room below the lowest line and above the highest. */
const MARGIN = 1.5;
/** So much lower than the line are the other points on it: where neither is ever better, both are seen. */
const LOWER = 0.75;

/** From a line upwards it pays; what never does is on a line of its own at the top. So is the caller's own batch. */
export function BreakevenChart({ rows, caller }: BreakevenChartProps) {
  const at = (folio: number) => rows.find((row) => row.folio === folio);
  const max = Math.max(
    MIN_TOP,
    caller?.folios ?? 1,
    ...rows.map(({ timeFolios, cpuFolios }) => Math.max(timeFolios ?? 1, cpuFolios ?? 1)),
  );
  const top = 2 ** Math.ceil(Math.log2(max));
  const never = 4 * top;
  const slow = rows.some(({ timeFolios }) => timeFolios === null);
  const dear = rows.some(({ cpuFolios }) => cpuFolios === null);
  const data = useMemo(
    () => [
      [...SURFACE_FOLIOS],
      SURFACE_FOLIOS.map((folio) => at(folio)?.timeFolios ?? null),
      SURFACE_FOLIOS.map((folio) => at(folio)?.cpuFolios ?? null),
      ...(slow ? [SURFACE_FOLIOS.map((folio) => (at(folio)?.timeFolios === null ? never : null))] : []),
      ...(dear
        ? [SURFACE_FOLIOS.map((folio) => (at(folio)?.cpuFolios === null ? never * LOWER : null))]
        : []),
      ...(caller === null ? [] : [SURFACE_FOLIOS.map(() => caller.folios)]),
    ],
    [rows, caller, top],
  );
  const series = [...SERIES];
  if (slow) series.push(NEVER_FASTER);
  if (dear) series.push(NEVER_LESS_CPU);
  if (caller !== null) series.push({ label: "the caller's own batch", color: 'text', dash: [2, 4] });
  return (
    <Chart
      label="Smallest batch, in folios, for which offloading is faster, and for which it takes less CPU, by folio size"
      height={300}
      x={{ label: 'folio size', log: 2, ticks: SURFACE_FOLIOS, format: formatBytes }}
      y={{
        label: 'folios of a batch',
        log: 2,
        min: 1 / MARGIN,
        max: never * MARGIN,
        ticks: [...powers(top), never],
        format: (folios) => (folios > top ? 'never' : formatCount(folios)),
      }}
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
