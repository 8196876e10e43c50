import { axisScale } from './axis-scale.js';
import { type Chart, type Series, seriesLabel, showValue } from './chart.js';

const WIDTH = 80;
/** Longer names are cut, to leave room for bars. */
const LONGEST_NAME = 34;
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

/**
 * Draws a bar of Unicode blocks for each value, in 80 columns. The limit is a dashed line across them. With `ascii`, a bar
 * has ASCII characters and whole columns.
 */
export function plotChart(chart: Chart, { ascii = false }: { readonly ascii?: boolean } = {}): string {
  const marks = ascii ? ASCII : BLOCKS;
  const { title, unit, categories, series, limit, scale } = chart;
  const present = series.filter(({ values }) => values.some((value) => value !== null));
  const values = present.flatMap((each) => each.values.flatMap((value) => (value === null ? [] : [value])));
  if (values.length === 0) return `${title}: nothing to draw`;
  const group = Math.max(...categories.map(({ length }) => length));
  const label = Math.max(...present.map((each) => nameOf(each, marks).length));
  const figure = Math.max(...values.map((value) => showValue(value).length));
  const room = WIDTH - group - label - figure - 6;
  const { place } = axisScale(chart);
  const lines = categories.flatMap((category, at) => {
    const mark = limit?.values[at] ?? null;
    const shown = present.filter((each) => each.values[at] !== null);
    return shown.map((each, i) =>
      [
        (i === 0 ? category : '').padStart(group),
        nameOf(each, marks).padEnd(label),
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

function nameOf(series: Series, { more }: Marks): string {
  const name = seriesLabel(series);
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - more.length)}${more}` : name;
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
