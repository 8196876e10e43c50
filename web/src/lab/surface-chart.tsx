import { useMemo } from 'preact/hooks';
import { SURFACE_FOLIOS, type SurfaceRow } from '../../../src/sim/lab/surface-plan.js';
import { Chart, type ChartSeries } from '../ui/chart.js';
import { SERIES_COLORS } from '../ui/colors.js';
import { formatBytes } from '../ui/format.js';
import { keyOf, type Surface } from './surface.js';

const DASHES: readonly (readonly number[] | undefined)[] = [undefined, [8, 4], [2, 3], [10, 3, 2, 3]];

/** The same figures as lines: one for each row of the map. */
export function SurfaceChart({
  rows,
  surface,
}: {
  readonly rows: readonly SurfaceRow[];
  readonly surface: Surface;
}) {
  const data = useMemo(
    () => [
      [...SURFACE_FOLIOS],
      ...rows.map((_, row) =>
        SURFACE_FOLIOS.map((folio) => surface.get(keyOf(row, folio))?.figures.GBps ?? null),
      ),
    ],
    [surface, rows.length],
  );
  const highest = Math.max(1, ...[...surface.values()].map(({ figures }) => figures.GBps));
  return (
    <Chart
      label={`Throughput by folio size, one line for each of: ${rows.map(({ label }) => label).join(', ')}`}
      height={420}
      x={{ label: 'folio size', log: 2, ticks: SURFACE_FOLIOS, format: formatBytes }}
      y={{
        label: 'GB/s',
        log: 10,
        min: 1,
        max: highest < 10 ? 10 : 100,
        format: (value) => `${Number(value.toFixed(2))}`,
      }}
      series={rows.map(({ label }, row) => seriesOf(label, row))}
      data={data}
    />
  );
}

/** The baseline in the colour of text; each other line in a colour, and a dash, of its own. */
function seriesOf(label: string, row: number): ChartSeries {
  if (row === 0) return { label, color: 'text', width: 3 };
  const dash = DASHES[row % DASHES.length];
  return {
    label,
    color: SERIES_COLORS[(row - 1) % SERIES_COLORS.length]!,
    ...(dash === undefined ? {} : { dash }),
  };
}
