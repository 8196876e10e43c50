import { formatSize } from '../../common/size.js';
import { element, textElement } from '../../report/markup.js';
import { MAX_LEVEL } from '../heat-byte.js';
import { byteTicks, showSeconds, timeTicks } from './axis-text.js';
import { colourOf } from './colours.js';
import type { HeatGrid } from './heat-grid.js';
import { certaintyTexts, hottestText, RATE_UNIT, rateText } from './legend.js';

/** Rows and columns of a grid for the page. */
export const HTML_GRID = { rows: 72, columns: 180 } as const;

/** Size of the drawing in its own units: about a pixel each on a phone, as in the charts of a report. */
const WIDTH = 440;
const HEIGHT = 290;
const LEFT = 62;
const RIGHT = 14;
const TOP = 24;
const BOTTOM = 40;
const BYTE_TICKS = 6;
const TIME_TICKS = 4;

/**
 * A figure for a page of `report/`: offsets downward, time to the right, a legend that says what is unknown. It has no
 * script, and no picture that would have to be loaded.
 */
export function heatFigure(grid: HeatGrid, title: string): string {
  const { rows, columns, offset, bytes, fromMs, toMs } = grid.shape;
  const levels = grid.levels() ?? [1, 1];
  const seconds = (toMs - fromMs) / 1000;
  const [width, height] = [WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
  const bottom = TOP + height;
  const described = `Offsets from ${formatSize(offset)} to ${formatSize(offset + bytes)}, ${showSeconds(seconds)}. ${hottestText(grid)}`;
  const cells = element(
    'g',
    { transform: `translate(${LEFT} ${TOP}) scale(${width / columns} ${height / rows})`, class: 'heat' },
    [
      element('rect', { class: 'heat-unknown', width: columns, height: rows }),
      // Marks of unknown cells are below the known ones.
      element('path', { class: 'heat-marks', d: marksOf(columns, rows) }),
      ...pathsOf(grid),
    ],
  );
  const drawing = element(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `${title}, by offset and time` },
    [
      textElement('desc', described),
      cells,
      ...byteTicks(offset, bytes, BYTE_TICKS, formatSize).flatMap(({ place, text }) => {
        const y = TOP + place * height;
        return [
          element('line', { class: 'axis', x1: LEFT - 4, x2: LEFT, y1: y, y2: y }),
          textElement('text', text, { x: LEFT - 7, y: y + 4, 'text-anchor': 'end' }),
        ];
      }),
      ...timeTicks(seconds, TIME_TICKS).flatMap(({ place, text }) => {
        const x = LEFT + place * width;
        // A name at the right end is drawn to the left, and would be cut off otherwise.
        const anchor = place > 0.9 ? 'end' : place < 0.1 ? 'start' : 'middle';
        return [
          element('line', { class: 'axis', x1: x, x2: x, y1: bottom, y2: bottom + 4 }),
          textElement('text', text, { x, y: bottom + 17, 'text-anchor': anchor }),
        ];
      }),
      textElement('text', 'offset', { x: 2, y: 14 }),
      textElement('text', 'time', { x: LEFT + width / 2, y: HEIGHT - 6, 'text-anchor': 'middle' }),
    ],
  );
  return element('figure', { class: 'heat-map' }, [
    textElement('figcaption', title),
    drawing,
    textElement('p', `${RATE_UNIT}:`),
    element('ul', { class: 'legend' }, legendOf(levels)),
    ...certaintyTexts(grid.certainty()).map((text) => textElement('p', text)),
  ]);
}

/** Style rules of the figure. The colours of a map are the same in light and dark; only what is unknown has the page's. */
export function heatStyle(grid: HeatGrid): string {
  const [low, high] = grid.levels() ?? [1, 1];
  const fills: string[] = [];
  for (let level = low; level <= high; level++) {
    const hex = colourOf(level, low, high).map((channel) => channel.toString(16).padStart(2, '0'));
    fills.push(`.heat-${level}{fill:#${hex.join('')}}`);
  }
  return `.heat-map p{margin:.25rem 0;font-size:.9rem}.heat{shape-rendering:crispEdges}
.heat-unknown{fill:var(--paper)}.heat-marks{stroke:var(--soft);stroke-width:.25;fill:none}.legend .heat-marks{stroke-width:1}
${fills.join('')}
@media print{.heat-map{print-color-adjust:exact;-webkit-print-color-adjust:exact}}`;
}

/** A path for each level, with a rectangle for each run of cells in a row. */
function pathsOf(grid: HeatGrid): string[] {
  const { rows, columns } = grid.shape;
  const paths = Array.from({ length: MAX_LEVEL + 1 }, () => '');
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; ) {
      const level = grid.level(row, column);
      let end = column + 1;
      while (end < columns && grid.level(row, end) === level) end++;
      paths[level] += `M${column} ${row}h${end - column}v1h${column - end}z`;
      column = end;
    }
  }
  return paths.flatMap((d, level) =>
    level === 0 || d === ''
      ? []
      : [element('path', { class: `heat-${level}`, d }, [textElement('title', rateText(level))])],
  );
}

/** Diagonal lines over the whole map. */
function marksOf(columns: number, rows: number): string {
  const step = 6;
  let path = '';
  for (let x = -rows; x < columns; x += step) {
    const [from, to] = [Math.max(0, x), Math.min(columns, x + rows)];
    path += `M${from} ${from - x}L${to} ${to - x}`;
  }
  return path;
}

function legendOf([low, high]: readonly [number, number]): string[] {
  const entry = (mark: string, text: string): string => element('li', {}, [mark, textElement('span', text)]);
  const swatch = (children: readonly string[]): string =>
    element('svg', { viewBox: '0 0 20 14', width: 20, height: 14, 'aria-hidden': 'true' }, children);
  const known: string[] = [];
  for (let level = low; level <= high; level++) {
    known.push(
      entry(swatch([element('rect', { class: `heat-${level}`, width: 20, height: 14 })]), rateText(level)),
    );
  }
  const blank = swatch([
    element('rect', { class: 'heat-unknown', width: 20, height: 14 }),
    element('path', { class: 'heat-marks', d: marksOf(20, 14) }),
  ]);
  return [...known, entry(blank, 'unknown')];
}
