import { type Series, seriesLabel, showValue } from './chart.js';
import { element, textElement } from './markup.js';
import type { Frame } from './svg-frame.js';

/** Colours in the page's style. Further series reuse them with other marks. */
const COLOURS = 8;
const MARKS = ['circle', 'square', 'diamond', 'triangle'] as const;
const MARK_SIZE = 4;
/** Part of a category's width that its bars use. */
const BARS = 0.8;
const MAX_BAR = 48;
/** Narrower bars have no room for a figure above. */
const LABELLED_BAR = 26;

/** Index of a series' colour and mark. */
export type Look = number;

function lookClass(look: Look): string {
  return `s${look % COLOURS}`;
}

/**
 * Draws a series as a line with a mark for each value, and its spread as a vertical line. `aside` shifts it in x, so
 * that the spreads of several series do not overlap.
 */
export function lineOf(
  series: Series,
  look: Look,
  frame: Frame,
  categories: readonly string[],
  unit: string,
  aside: number,
): string {
  const points = pointsOf(series, frame).map((point) => ({ ...point, x: point.x + aside }));
  const path = points.map(({ at, x, y }, i) => {
    // A gap interrupts the line.
    const joined = i > 0 && points[i - 1]!.at === at - 1;
    return `${joined ? 'L' : 'M'}${round(x)} ${round(y)}`;
  });
  return element('g', { class: `${lookClass(look)}${series.elsewhere === undefined ? '' : ' elsewhere'}` }, [
    element('path', { class: 'line', d: path.join('') }),
    ...points.flatMap(({ at, x }) => whisker(series, at, x, frame)),
    ...points.map(({ at, x, y }) => mark(look, x, y, told(series, at, categories, unit))),
  ]);
}

/** Draws series as bars side by side. Wide bars have their figure above. */
export function barsOf(
  all: readonly (readonly [series: Series, look: Look])[],
  frame: Frame,
  categories: readonly string[],
  unit: string,
): string[] {
  const width = Math.min(MAX_BAR, (frame.band * BARS) / Math.max(1, all.length));
  return all.map(([series, look], i) => {
    const shift = (i - (all.length - 1) / 2) * width;
    const bars = pointsOf(series, frame).flatMap(({ at, x, y, value }) => {
      const middle = x + shift;
      const size = { x: middle - width * 0.45, width: width * 0.9, y, height: frame.bottom - y };
      return [
        element('rect', { class: 'bar', ...size }, [
          textElement('title', told(series, at, categories, unit)),
        ]),
        ...whisker(series, at, middle, frame),
        ...(width < LABELLED_BAR
          ? []
          : [
              textElement('text', showValue(value), {
                x: middle,
                y: top(series, at, y, frame) - 4,
                'text-anchor': 'middle',
              }),
            ]),
      ];
    });
    return element(
      'g',
      { class: `${lookClass(look)}${series.elsewhere === undefined ? '' : ' elsewhere'}` },
      bars,
    );
  });
}

/** Draws a limit as a dashed line across each category. */
export function limitOf(limit: Series, frame: Frame, categories: readonly string[], unit: string): string {
  const path = pointsOf(limit, frame).map(
    ({ x, y }) => `M${round(x - frame.band / 2)} ${round(y)}H${round(x + frame.band / 2)}`,
  );
  const titles = limit.values.flatMap((_, at) =>
    limit.values[at] === null ? [] : [told(limit, at, categories, unit)],
  );
  return element('path', { class: 'limit', d: path.join('') }, [textElement('title', titles.join('; '))]);
}

/** The symbol of a series in a legend. */
export function legendMark(
  look: Look,
  kind: 'line' | 'bar' | 'limit' | 'spread',
  elsewhere: boolean,
): string {
  const inside =
    kind === 'limit'
      ? [element('path', { class: 'limit', d: 'M1 7H27' })]
      : kind === 'spread'
        ? [element('line', { class: 'spread', x1: 14, x2: 14, y1: 1, y2: 13 })]
        : kind === 'bar'
          ? [element('rect', { class: 'bar', x: 8, y: 2, width: 12, height: 10 })]
          : [element('path', { class: 'line', d: 'M1 7H27' }), mark(look, 14, 7)];
  const classes = [
    ...(kind === 'limit' || kind === 'spread' ? [] : [lookClass(look)]),
    ...(elsewhere ? ['elsewhere'] : []),
  ];
  return element(
    'svg',
    { class: classes.join(' '), viewBox: '0 0 28 14', width: 28, height: 14, 'aria-hidden': 'true' },
    inside,
  );
}

function pointsOf({ values }: Series, frame: Frame): { at: number; x: number; y: number; value: number }[] {
  return values.flatMap((value, at) => {
    const y = value === null ? undefined : frame.y(value);
    return y === undefined ? [] : [{ at, x: frame.middle(at), y, value: value! }];
  });
}

/** Whether it has runs that differ, so that a spread is drawn. */
export function hasSpread({ spreads = [] }: Series): boolean {
  return spreads.some((spread) => spread !== null && spread[0] !== spread[1]);
}

function whisker({ spreads }: Series, at: number, x: number, frame: Frame): string[] {
  const spread = spreads?.[at];
  if (spread === undefined || spread === null || spread[0] === spread[1]) return [];
  const [low, high] = [frame.y(spread[0]) ?? frame.bottom, frame.y(spread[1]) ?? frame.bottom];
  return [element('line', { class: 'spread', x1: x, x2: x, y1: low, y2: high })];
}

function top({ spreads }: Series, at: number, y: number, frame: Frame): number {
  const spread = spreads?.[at];
  return spread === undefined || spread === null ? y : Math.min(y, frame.y(spread[1]) ?? y);
}

/** The text shown when the mouse points at a mark. */
function told(series: Series, at: number, categories: readonly string[], unit: string): string {
  const spread = series.spreads?.[at];
  const range =
    spread === undefined || spread === null ? '' : ` (${showValue(spread[0])} to ${showValue(spread[1])})`;
  return `${categories[at]}, ${seriesLabel(series)}: ${showValue(series.values[at]!)} ${unit}${range}`;
}

function mark(look: Look, x: number, y: number, title?: string): string {
  const told = title === undefined ? [] : [textElement('title', title)];
  const r = MARK_SIZE;
  // Marks change with each round of colours, for readers who do not see colours, and for paper.
  const kind = MARKS[(look + Math.floor(look / COLOURS)) % MARKS.length]!;
  if (kind === 'circle') return element('circle', { class: 'mark', cx: x, cy: y, r }, told);
  const corners = {
    square: `M${round(x - r)} ${round(y - r)}h${2 * r}v${2 * r}h${-2 * r}z`,
    diamond: `M${round(x)} ${round(y - r - 1)}l${r + 1} ${r + 1}l${-r - 1} ${r + 1}l${-r - 1} ${-r - 1}z`,
    triangle: `M${round(x)} ${round(y - r - 1)}l${r + 1} ${2 * r}h${-2 * r - 2}z`,
  };
  return element('path', { class: 'mark', d: corners[kind] }, told);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
