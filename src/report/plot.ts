import { axisScale } from './axis-scale.js';
import { type Chart, type Series, seriesLabel, showValue } from './chart.js';

const WIDTH = 80;
/** The part of a line that a name may have. Longer names are cut, to leave room for bars. */
const NAME_PART = 34 / WIDTH;

export interface PlotOptions {
  /** Bars of ASCII characters, in whole columns. */
  readonly ascii?: boolean;
  /** Columns of a line, 80 by default. */
  readonly width?: number;
}

/** The characters of bars. */
interface Marks {
  /** Partial blocks for the end of a bar. */
  readonly parts: readonly string[];
  readonly full: string;
  /** Bars with figures of another machine. */
  readonly elsewhere: string;
  readonly limit: string;
  /** The end of a shortened name. */
  readonly more: string;
}

const BLOCKS: Marks = {
  parts: ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'],
  full: '█',
  elsewhere: '░',
  limit: '┆',
  more: '…',
};
const ASCII: Marks = { parts: [''], full: '#', elsewhere: '.', limit: '|', more: '...' };

/** Draws a bar for each value. The limit is a dashed line across them. */
export function plotChart(chart: Chart, { ascii = false, width = WIDTH }: PlotOptions = {}): string {
  const marks = ascii ? ASCII : BLOCKS;
  const { title, unit, categories, series, limit, scale } = chart;
  const present = series.filter(({ values }) => values.some((value) => value !== null));
  const values = present.flatMap((each) => each.values.flatMap((value) => (value === null ? [] : [value])));
  if (values.length === 0) return `${title}: nothing to draw`;
  const group = Math.max(...categories.map(({ length }) => length));
  const longest = Math.floor(width * NAME_PART);
  const label = Math.max(...present.map((each) => nameOf(each, marks, longest).length));
  const figure = Math.max(...values.map((value) => showValue(value).length));
  const room = Math.max(1, width - group - label - figure - 6);
  const { place } = axisScale(chart);
  const lines = categories.flatMap((category, at) => {
    const mark = limit?.values[at] ?? null;
    const shown = present.filter((each) => each.values[at] !== null);
    return shown.map((each, i) =>
      [
        (i === 0 ? category : '').padStart(group),
        nameOf(each, marks, longest).padEnd(label),
        bar(marks, each, place(each.values[at]!) ?? 0, mark === null ? undefined : place(mark), room),
        showValue(each.values[at]!).padStart(figure),
      ].join('  '),
    );
  });
  const legend = [
    ...(limit === undefined ? [] : [`${marks.limit} ${limit.name}`]),
    ...(present.some(({ elsewhere }) => elsewhere !== undefined)
      ? [`${marks.elsewhere} another machine`]
      : []),
    ...(scale === 'log' ? ['logarithmic'] : []),
  ];
  return [`${title}, ${unit}`, ...(legend.length === 0 ? [] : [legend.join(', ')]), ...lines].join('\n');
}

function nameOf(series: Series, { more }: Marks, longest: number): string {
  const name = seriesLabel(series);
  return name.length > longest ? `${name.slice(0, longest - more.length)}${more}` : name;
}

function bar(
  marks: Marks,
  { elsewhere }: Series,
  part: number,
  limit: number | undefined,
  room: number,
): string {
  const { length } = marks.parts;
  const parts = Math.round(Math.min(1, part) * room * length);
  const whole = Math.floor(parts / length);
  const blocks =
    elsewhere === undefined
      ? marks.full.repeat(whole) + marks.parts[parts % length]!
      : marks.elsewhere.repeat(Math.round(parts / length));
  const cells = [...blocks.padEnd(room)];
  const mark = limit === undefined ? -1 : Math.min(room - 1, Math.round(limit * room));
  // Also within a longer bar, but not at its end, which would make the bar look shorter.
  if (mark >= 0 && (cells[mark] === ' ' || mark < whole - 1)) cells[mark] = marks.limit;
  return cells.join('');
}
