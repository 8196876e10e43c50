import { formatSize } from '../../common/size.js';
import { byteTicks, type Tick, timeTicks } from './axis-text.js';
import { colourOf, cubeColour } from './colours.js';
import type { HeatGrid } from './heat-grid.js';
import { certaintyTexts, RATE_UNIT, rateText } from './legend.js';

/** `none`: ASCII characters, for pipes, terminals without colours, and locales without UTF-8. */
export type TerminalColours = 'none' | '256' | 'truecolor';

export interface TerminalMapOptions {
  /** Columns of the terminal, at least 40. */
  readonly width: number;
  /** Lines of the map itself, without axes and legend. @defaultValue 16 */
  readonly lines?: number;
  readonly colours: TerminalColours;
  /** `begin`: seconds since the beginning of the grid. `end`: seconds until its end, which is now. @defaultValue `begin` */
  readonly secondsFrom?: 'begin' | 'end';
}

export const MIN_WIDTH = 40;
const LINES = 16;
/** Columns of an offset, such as `1023.5M`, and of what is between it and the map. */
const LABEL = 7;
const BORDER = 2;
/** Columns that a tick of the time has, at least. */
const TICK = 12;
/** From cold to hot. The first is visible, because known to be cold is not unknown. */
const ASCII = '.:-=+*#%@';
const UNKNOWN = '?';
/** The upper half of a character. With its background it shows two rows. */
const HALF = '▀';
const LOWER = '▄';
const DOT = '·';
const RESET = '\u001b[0m';

/** Rows and columns of a grid for a map. */
export function terminalGridSize({ width, lines = LINES, colours }: TerminalMapOptions): {
  readonly rows: number;
  readonly columns: number;
} {
  const columns = Math.max(MIN_WIDTH, Math.floor(width)) - LABEL - BORDER;
  return { rows: colours === 'none' ? lines : 2 * lines, columns };
}

/**
 * The heat map of a grid as lines of text: offsets downward, time to the right. No line is wider than `width`. The grid must
 * have the size of `terminalGridSize`.
 */
export function terminalMap(grid: HeatGrid, options: TerminalMapOptions): string {
  const { offset, bytes, rows, columns, fromMs, toMs } = grid.shape;
  const levels = grid.levels() ?? [1, 1];
  const drawn =
    options.colours === 'none' ? asciiLines(grid, levels) : colourLines(grid, levels, options.colours);
  const perLine = rows / drawn.length;
  const labels = labelsOf(byteTicks(offset, bytes, Math.max(1, drawn.length / 3), formatSize), drawn.length);
  const seconds = (toMs - fromMs) / 1000;
  const width = LABEL + BORDER + columns;
  const ticks = timeTicks(seconds, Math.floor(columns / TICK));
  if (options.secondsFrom === 'end') countToEnd(ticks);
  return [
    ...drawn.map((line, i) => `${(labels[i] ?? '').padStart(LABEL)} |${line}`),
    `${(labels[rows / perLine] ?? '').padStart(LABEL)} +${'-'.repeat(columns)}`,
    timeAxis(ticks, columns),
    '',
    ...scaleLines(levels, options.colours, width),
    ...certaintyTexts(grid.certainty()).flatMap((text) => wrapped(text, width)),
  ].join('\n');
}

function asciiLines(grid: HeatGrid, [low, high]: readonly [number, number]): string[] {
  const { rows, columns } = grid.shape;
  return Array.from({ length: rows }, (_, row) => {
    let line = '';
    for (let column = 0; column < columns; column++) {
      const level = grid.level(row, column);
      line += level === 0 ? UNKNOWN : glyph(level, low, high);
    }
    return line;
  });
}

function glyph(level: number, low: number, high: number): string {
  return ASCII[glyphIndex(level, low, high)]!;
}

/** Up to nine levels have a character each. If there are more, neighbours share one. */
function glyphIndex(level: number, low: number, high: number): number {
  return Math.floor(((level - low) * ASCII.length) / Math.max(ASCII.length, high - low + 1));
}

/** Two rows a line. */
function colourLines(
  grid: HeatGrid,
  [low, high]: readonly [number, number],
  colours: '256' | 'truecolor',
): string[] {
  const { rows, columns } = grid.shape;
  const code = (level: number, ground: 38 | 48): string => colourCode(level, low, high, colours, ground);
  return Array.from({ length: rows / 2 }, (_, line) => {
    let text = '';
    let before = '';
    for (let column = 0; column < columns; column++) {
      const upper = grid.level(2 * line, column);
      const lower = grid.level(2 * line + 1, column);
      const style =
        upper === 0 && lower === 0
          ? ''
          : upper === 0
            ? code(lower, 38)
            : lower === 0
              ? code(upper, 38)
              : `${code(upper, 38)}${code(lower, 48)}`;
      if (style !== before) text += `${before === '' ? '' : RESET}${style}`;
      before = style;
      text += upper === 0 ? (lower === 0 ? DOT : LOWER) : HALF;
    }
    return before === '' ? text : `${text}${RESET}`;
  });
}

function colourCode(
  level: number,
  low: number,
  high: number,
  colours: '256' | 'truecolor',
  ground: 38 | 48,
): string {
  const rgb = colourOf(level, low, high);
  return colours === '256'
    ? `\u001b[${ground};5;${cubeColour(rgb)}m`
    : `\u001b[${ground};2;${rgb.join(';')}m`;
}

/** The text of each line that has a tick. */
function labelsOf(ticks: readonly Tick[], lines: number): Record<number, string> {
  return Object.fromEntries(ticks.map(({ place, text }) => [Math.round(place * lines), text]));
}

/** Ticks of an axis whose end is now. */
function countToEnd(ticks: Tick[]): void {
  for (const [i, { place, text }] of ticks.entries()) {
    ticks[i] = { place: 1 - place, text: i === 0 ? 'now' : `-${text}` };
  }
  ticks.reverse();
}

function timeAxis(ticks: readonly Tick[], columns: number): string {
  const width = LABEL + BORDER + columns;
  let line = '';
  for (const { place, text } of ticks) {
    const at = LABEL + BORDER + Math.round(place * columns);
    // The last one ends at the border.
    const start = Math.min(at, width - text.length);
    if (start < line.length + (line === '' ? 0 : 1)) continue;
    line = line.padEnd(start) + text;
  }
  return line;
}

/** The signs of the map with their rates, in lines of at most `width` columns. */
function scaleLines(
  [low, high]: readonly [number, number],
  colours: TerminalColours,
  width: number,
): string[] {
  const entries: { sign: string; columns: number; text: string }[] = [];
  let before = -1;
  for (let level = low; level <= high; level++) {
    const index = glyphIndex(level, low, high);
    if (colours === 'none' && index === before) continue;
    before = index;
    const sign =
      colours === 'none' ? ASCII[index]! : `${colourCode(level, low, high, colours, 48)}  ${RESET}`;
    entries.push({ sign, columns: colours === 'none' ? 1 : 2, text: rateText(level) });
  }
  entries.push({ sign: colours === 'none' ? UNKNOWN : DOT, columns: 1, text: 'unknown' });
  const lines = [...wrapped(`${RATE_UNIT}:`, width)];
  let line = '';
  let used = 0;
  for (const { sign, columns, text } of entries) {
    const own = columns + 1 + text.length;
    if (used > 0 && used + 3 + own > width) {
      lines.push(line);
      line = '';
      used = 0;
    }
    line += `${used > 0 ? '   ' : ''}${sign} ${text}`;
    used += own + (used > 0 ? 3 : 0);
  }
  return [...lines, line];
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
