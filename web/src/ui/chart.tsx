import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { THEME_CHANGED } from '../app/theme.js';
import { type ColorName, colorOf } from './colors.js';

export interface ChartSeries {
  readonly label: string;
  readonly color: ColorName;
  /** Lengths of dash and gap: told apart without colour. */
  readonly dash?: readonly number[];
  /** Without a line: points only. */
  readonly points?: boolean;
  /** A point at each value of the line. */
  readonly marked?: boolean;
  /** Filled down to zero. */
  readonly fill?: boolean;
  /** Steps, as of a histogram. */
  readonly steps?: boolean;
  readonly width?: number;
}

export interface ChartAxis {
  readonly label: string;
  readonly log?: 2 | 10;
  readonly min?: number;
  readonly max?: number;
  readonly format?: (value: number) => string;
  /** Where the ticks are, when they are few and known. */
  readonly ticks?: readonly number[];
}

export interface ChartProps {
  /** What it shows, for who cannot see it. */
  readonly label: string;
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly series: readonly ChartSeries[];
  /** The places on x, then the values of each series; null where there is none. */
  readonly data: readonly ArrayLike<number | null>[];
  readonly height?: number;
}

/** A chart with units on both axes, and a legend that shows the values under the pointer. */
export function Chart(props: ChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const { label, x, y, series, data, height = 220 } = props;
  // What is drawn differently needs another plot; new data do not.
  const shape = JSON.stringify([x, y, series, height]);
  useEffect(() => {
    const div = frame.current!;
    const make = () => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf(latest.current, div.clientWidth), dataOf(latest.current.data), div);
    };
    make();
    const resize = new ResizeObserver(() => {
      if (div.clientWidth > 0) plot.current?.setSize({ width: div.clientWidth, height });
    });
    resize.observe(div);
    addEventListener(THEME_CHANGED, make);
    return () => {
      removeEventListener(THEME_CHANGED, make);
      resize.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(dataOf(data)), [data]);
  return <div ref={frame} class="chart" role="img" aria-label={label} />;
}

function dataOf(data: ChartProps['data']): uPlot.AlignedData {
  return data as unknown as uPlot.AlignedData;
}

function optionsOf({ x, y, series, height = 220 }: ChartProps, width: number): uPlot.Options {
  return {
    width: Math.max(width, 120),
    height,
    padding: [8, 12, 0, 0],
    legend: {
      markers: { width: 2, dash: (_, i) => (series[i - 1]?.dash === undefined ? 'solid' : 'dashed') },
    },
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    scales: { x: { ...scaleOf(x), ...fixedRange(x) }, y: { ...scaleOf(y), ...rangeOf(y) } },
    axes: [axisOf(x, 34, 16), axisOf(y, 48, 18)],
    series: [
      { label: x.label, value: (_, value) => text(x, value) },
      ...series.map((one) => seriesOf(one, y)),
    ],
  };
}

function scaleOf({ log }: ChartAxis): uPlot.Scale {
  return log === undefined ? { time: false } : { time: false, distr: 3, log };
}

function fixedRange({ min, max }: ChartAxis): uPlot.Scale {
  return min === undefined || max === undefined ? {} : { range: [min, max] };
}

/** From zero where nothing else is asked for: a chart that starts elsewhere exaggerates. */
function rangeOf({ min, max, log }: ChartAxis): uPlot.Scale {
  if (log !== undefined)
    return fixedRange({
      label: '',
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
    });
  return {
    range: (_, __, highest) => [
      min ?? 0,
      max ?? Math.max((Number.isFinite(highest) ? highest : 0) * 1.08, 1e-9),
    ],
  };
}

function axisOf(axis: ChartAxis, size: number, labelSize: number): uPlot.Axis {
  const quiet = colorOf('text-quiet');
  const line = colorOf('line');
  const { ticks } = axis;
  return {
    label: axis.label,
    labelSize,
    size,
    gap: 4,
    labelGap: 0,
    stroke: quiet,
    font: CHART_FONT,
    labelFont: CHART_FONT,
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1, size: 4 },
    values: (_, values) => values.map((value) => (value === null ? '' : text(axis, value))),
    ...(ticks === undefined
      ? {}
      : { splits: () => [...ticks], filter: (_: uPlot, values: number[]) => values }),
  };
}

export const CHART_FONT = '12px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

function seriesOf(
  { label, color, dash, points, marked, fill, steps, width = 2 }: ChartSeries,
  y: ChartAxis,
): uPlot.Series {
  const stroke = colorOf(color);
  return {
    label,
    stroke,
    width: points === true ? 0 : width,
    spanGaps: false,
    value: (_, value) => text(y, value),
    points: { show: points === true || marked === true, size: points === true ? 8 : 6, fill: stroke, stroke },
    ...(dash === undefined ? {} : { dash: [...dash] }),
    ...(fill === true ? { fill: translucent(stroke) } : {}),
    ...(steps === true ? { paths: uPlot.paths.stepped!({ align: 1 }) } : {}),
  };
}

function translucent(color: string): string {
  return color.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.16)');
}

function text({ format }: ChartAxis, value: number | null | undefined): string {
  if (value === null || value === undefined) return '';
  return format === undefined ? String(Number(value.toPrecision(3))) : format(value);
}
