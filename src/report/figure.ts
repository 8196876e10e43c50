import { axisScale } from './axis-scale.js';
import { type Chart, type Series, seriesLabel, showValue } from './chart.js';
import { element, textElement } from './markup.js';
import { axes, frameOf, HEIGHT, WIDTH } from './svg-frame.js';
import { barsOf, hasSpread, type Look, legendMark, limitOf, lineOf } from './svg-marks.js';

/** With at least this many categories, lines are clearer than bars. */
const LINES_FROM = 3;
/** Maximum offset of a category's outermost marks, as a part of its width, and between two series. */
const ASIDE = 0.5;
const MAX_ASIDE = 4;

type Looked = readonly (readonly [series: Series, look: Look])[];

/**
 * The figures of a chart. Values from another machine get a separate figure, with the same scale and colours and a
 * title that says so. A reader must not mistake them for results of this machine.
 */
export function figuresOf(chart: Chart): string[] {
  const names = [...new Set(chart.series.map(({ name }) => name))];
  const looked: Looked = chart.series
    .filter(({ values }) => values.some((value) => value !== null))
    .map((series) => [series, names.indexOf(series.name)]);
  const own = looked.filter(([{ elsewhere }]) => elsewhere === undefined);
  const theirs = looked.filter(([{ elsewhere }]) => elsewhere !== undefined);
  return [
    ...(own.length === 0 ? [] : [figureOf(chart, chart.title, own, chart.limit)]),
    ...(theirs.length === 0 ? [] : [figureOf(chart, `${chart.title}: published, another machine`, theirs)]),
  ];
}

function figureOf(chart: Chart, title: string, series: Looked, limit?: Series): string {
  const { categories, unit, axis } = chart;
  const scale = axisScale(chart);
  const frame = frameOf(categories.length, scale);
  const own = series.map(([each]) => each);
  const lines = chart.nominal !== true && categories.length >= LINES_FROM;
  const drawing = element(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `${title}, ${unit} by ${axis}` },
    [
      // The same text as the marks' titles, for readers without a mouse.
      textElement('desc', described(limit === undefined ? own : [...own, limit], categories, unit)),
      ...axes(frame, scale, categories, axis, unit),
      ...(lines
        ? series.map(([each, look], i) => {
            const step = Math.min(MAX_ASIDE, (frame.band * ASIDE) / series.length);
            return lineOf(each, look, frame, categories, unit, step * (i - (series.length - 1) / 2));
          })
        : barsOf(series, frame, categories, unit)),
      // Last, so that a bar that is higher does not hide the limit.
      ...(limit === undefined ? [] : [limitOf(limit, frame, categories, unit)]),
    ],
  );
  const legend = [
    ...series.map(([each, look]) =>
      entry(legendMark(look, lines ? 'line' : 'bar', each.elsewhere !== undefined), seriesLabel(each)),
    ),
    ...(limit === undefined ? [] : [entry(legendMark(0, 'limit', false), limit.name)]),
    ...(own.some(hasSpread) ? [entry(legendMark(0, 'spread', false), 'minimum to maximum of the runs')] : []),
  ];
  return element('figure', {}, [
    textElement('figcaption', title),
    drawing,
    element('ul', { class: 'legend' }, legend),
  ]);
}

function entry(mark: string, name: string): string {
  return element('li', {}, [mark, textElement('span', name)]);
}

/** `baseline: 4K 3.55, 2M 6.10 GB/s; …` */
function described(all: readonly Series[], categories: readonly string[], unit: string): string {
  const texts = all.map((series) => {
    const values = series.values.flatMap((value, at) =>
      value === null ? [] : [`${categories[at]} ${showValue(value)}`],
    );
    return `${seriesLabel(series)}: ${values.join(', ')} ${unit}`;
  });
  return texts.join('; ');
}
