import { formatSize } from '../../../src/common/size.js';
import { byteTicks, type Tick, timeTicks } from '../../../src/heat/map/axis-text.js';
import { colourOf, type Rgb } from '../../../src/heat/map/colours.js';
import type { HeatGrid } from '../../../src/heat/map/heat-grid.js';
import { CHART_FONT } from '../ui/chart.js';
import { colorOf } from '../ui/colors.js';

export const HEAT_PX = 280;
const LEFT = 60;
const RIGHT = 8;
const TOP = 20;
const BOTTOM = 38;
/** Pixels that a tick has, at least. */
const BYTE_TICK = 32;
const TIME_TICK = 72;
/** Pixels between the lines of what is unknown. */
const HATCH = 6;

export function cssColour(rgb: Rgb): string {
  return `rgb(${rgb.join(' ')})`;
}

/** Offsets downward, time to the right: the end is now. */
export function drawHeat(canvas: HTMLCanvasElement, grid: HeatGrid): void {
  const { devicePixelRatio: ratio = 1 } = window;
  const width = canvas.clientWidth;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(HEAT_PX * ratio);
  const context = canvas.getContext('2d');
  if (context === null || width <= LEFT + RIGHT) return;
  context.scale(ratio, ratio);
  const map = { width: width - LEFT - RIGHT, height: HEAT_PX - TOP - BOTTOM };
  context.save();
  context.translate(LEFT, TOP);
  drawUnknown(context, map);
  drawCells(context, map, grid);
  context.restore();
  drawAxes(context, map, grid);
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The ground of the map. Known cells hide it. */
function drawUnknown(context: CanvasRenderingContext2D, { width, height }: Size): void {
  context.fillStyle = colorOf('surface');
  context.fillRect(0, 0, width, height);
  context.strokeStyle = colorOf('text-quiet');
  context.beginPath();
  for (let x = -height; x < width; x += HATCH) {
    const [from, to] = [Math.max(0, x), Math.min(width, x + height)];
    context.moveTo(from, from - x);
    context.lineTo(to, to - x);
  }
  context.stroke();
}

function drawCells(context: CanvasRenderingContext2D, { width, height }: Size, grid: HeatGrid): void {
  const { rows, columns } = grid.shape;
  const [low, high] = grid.levels() ?? [1, 1];
  // At whole pixels, because the ground would shine through between cells.
  const x = (column: number): number => Math.round((column * width) / columns);
  const y = (row: number): number => Math.round((row * height) / rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; ) {
      const level = grid.level(row, column);
      let end = column + 1;
      while (end < columns && grid.level(row, end) === level) end++;
      if (level > 0) {
        context.fillStyle = cssColour(colourOf(level, low, high));
        context.fillRect(x(column), y(row), x(end) - x(column), y(row + 1) - y(row));
      }
      column = end;
    }
  }
}

function drawAxes(context: CanvasRenderingContext2D, { width, height }: Size, grid: HeatGrid): void {
  const { offset, bytes, fromMs, toMs } = grid.shape;
  const bottom = TOP + height;
  context.fillStyle = colorOf('text-quiet');
  context.font = CHART_FONT;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.fillText('offset', 0, TOP / 2 - 2);
  context.textAlign = 'right';
  for (const { place, text } of byteTicks(offset, bytes, Math.floor(height / BYTE_TICK), formatSize)) {
    const y = Math.round(TOP + place * height);
    context.fillRect(LEFT - 4, y, 4, 1);
    context.fillText(text, LEFT - 7, y);
  }
  for (const { place, text } of ticksBefore((toMs - fromMs) / 1000, Math.floor(width / TIME_TICK))) {
    const x = Math.round(LEFT + place * width);
    // A name at an end would be cut off.
    context.textAlign = place > 0.95 ? 'right' : place < 0.05 ? 'left' : 'center';
    context.fillRect(Math.min(x, LEFT + width - 1), bottom, 1, 4);
    context.fillText(text, x, bottom + 12);
  }
  context.textAlign = 'center';
  context.fillText('time before now', LEFT + width / 2, bottom + 29);
}

/** Ticks of an axis that ends with 0. */
function ticksBefore(seconds: number, max: number): Tick[] {
  return timeTicks(seconds, Math.max(1, max)).map(({ place, text }) => ({ place: 1 - place, text }));
}
