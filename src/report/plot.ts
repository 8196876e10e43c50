import { axisScale } from './axis-scale.js';
import { type Chart, type Series, seriesLabel, showValue } from './chart.js';

const WIDTH = 80;
/** Longer names are cut, to leave room for bars. */
const LONGEST_NAME = 34;
/** Partial blocks for the end of a bar. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const FULL = '█';
/** Bars with figures of another machine. */
const ELSEWHERE = '░';
const LIMIT = '┆';

/** Draws a bar of Unicode blocks for each value, in 80 columns. The limit is a dashed line across them. */
export function plotChart(chart: Chart): string {
  const { title, unit, categories, series, limit, scale } = chart;
  const present = series.filter(({ values }) => values.some((value) => value !== null));
  const values = present.flatMap((each) => each.values.flatMap((value) => (value === null ? [] : [value])));
  if (values.length === 0) return `${title}: nothing to draw`;
  const group = Math.max(...categories.map(({ length }) => length));
  const label = Math.max(...present.map((each) => nameOf(each).length));
  const figure = Math.max(...values.map((value) => showValue(value).length));
  const room = WIDTH - group - label - figure - 6;
  const { place } = axisScale(chart);
  const lines = categories.flatMap((category, at) => {
    const mark = limit?.values[at] ?? null;
    const shown = present.filter((each) => each.values[at] !== null);
    return shown.map((each, i) =>
      [
        (i === 0 ? category : '').padStart(group),
        nameOf(each).padEnd(label),
        bar(each, place(each.values[at]!) ?? 0, mark === null ? undefined : place(mark), room),
        showValue(each.values[at]!).padStart(figure),
      ].join('  '),
    );
  });
  const legend = [
    ...(limit === undefined ? [] : [`${LIMIT} ${limit.name}`]),
    ...(present.some(({ elsewhere }) => elsewhere !== undefined) ? [`${ELSEWHERE} another machine`] : []),
    ...(scale === 'log' ? ['logarithmic'] : []),
  ];
  return [`${title}, ${unit}`, ...(legend.length === 0 ? [] : [legend.join(', ')]), ...lines].join('\n');
}

function nameOf(series: Series): string {
  const name = seriesLabel(series);
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}

function bar({ elsewhere }: Series, part: number, limit: number | undefined, room: number): string {
  const eighths = Math.round(Math.min(1, part) * room * 8);
  const whole = Math.floor(eighths / 8);
  const blocks =
    elsewhere === undefined
      ? FULL.repeat(whole) + EIGHTHS[eighths % 8]!
      : ELSEWHERE.repeat(Math.round(eighths / 8));
  const cells = [...blocks.padEnd(room)];
  const mark = limit === undefined ? -1 : Math.min(room - 1, Math.round(limit * room));
  // Also within a longer bar, but not at its end, which would make the bar look shorter.
  if (mark >= 0 && (cells[mark] === ' ' || mark < whole - 1)) cells[mark] = LIMIT;
  return cells.join('');
}
