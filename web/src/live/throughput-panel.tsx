import type { History } from '../model/history.js';
import { Chart, type ChartSeries } from '../ui/chart.js';
import type { ColorName } from '../ui/colors.js';
import { Panel } from '../ui/panel.js';

/** Each migrator has its colour and dash, whichever are there. */
const LOOKS: Readonly<Record<string, { readonly color: ColorName; readonly dash?: readonly number[] }>> = {
  none: { color: 'series-6', dash: [6, 4] },
  cpu: { color: 'series-2' },
  mtcopy: { color: 'series-3', dash: [10, 3] },
  dcbm: { color: 'series-1' },
  error: { color: 'series-4', dash: [2, 3] },
};
const OTHER = { color: 'series-5' } as const;

const X = { label: 's before now', min: -60, max: 0, format: (value: number) => String(Math.round(value)) };
const Y = { label: 'GB/s' };

export function ThroughputPanel({ history }: { readonly history: History }) {
  const { migrators } = history;
  const series: readonly ChartSeries[] =
    migrators.length === 0
      ? [{ label: 'no batches yet', color: 'series-6' }]
      : migrators.map((name) => ({ label: name, fill: true, ...(LOOKS[name] ?? OTHER) }));
  const { data } = history;
  return (
    <Panel title="Throughput" note="by migrator, of batches as they end">
      <Chart
        label={`Throughput of the last minute in GB/s; now ${history.now.toFixed(2)}`}
        x={X}
        y={Y}
        series={series}
        data={migrators.length === 0 ? [data[0] ?? [], (data[0] ?? []).map(() => 0)] : data}
        height={200}
      />
    </Panel>
  );
}
