import type { AxisScale } from './axis-scale.js';
import { element, textElement } from './markup.js';

/**
 * Size of a drawing in its own units: about a pixel each on a phone, larger on a screen, so that text is readable on
 * both.
 */
export const WIDTH = 440;
export const HEIGHT = 260;
/** Left margin for ticks of up to four characters. */
const MIN_LEFT = 46;
const RIGHT = 10;
const TOP = 24;
const BOTTOM = 40;
/** Width of a character at an axis. */
const CHARACTER = 7;
/** The width of a character on a phone, where text is larger relative to the drawing (page-style.ts). */
const WIDEST_CHARACTER = 9;
const BESIDE_AXIS = 8;

/** Positions within the axes. */
export interface Frame {
  /** x of the vertical axis. */
  readonly left: number;
  /** x of the middle of category `at`. */
  readonly middle: (at: number) => number;
  /** Width of a category. */
  readonly band: number;
  /** y of a value. Undefined if the axis cannot show it. */
  readonly y: (value: number) => number | undefined;
  /** y of the horizontal axis. */
  readonly bottom: number;
}

export function frameOf(categories: number, scale: AxisScale): Frame {
  const longest = Math.max(0, ...scale.ticks.map((tick) => showTick(tick).length));
  const left = Math.max(MIN_LEFT, longest * WIDEST_CHARACTER + BESIDE_AXIS);
  const band = (WIDTH - left - RIGHT) / Math.max(1, categories);
  const height = HEIGHT - TOP - BOTTOM;
  return {
    left,
    band,
    middle: (at) => left + band * (at + 0.5),
    y: (value) => {
      const part = scale.place(value);
      return part === undefined ? undefined : TOP + height * (1 - Math.min(1, part));
    },
    bottom: HEIGHT - BOTTOM,
  };
}

/** Draws grid, axes, ticks and names. */
export function axes(
  frame: Frame,
  scale: AxisScale,
  categories: readonly string[],
  axis: string,
  unit: string,
): string[] {
  const { left } = frame;
  const grid = scale.ticks.flatMap((tick) => {
    const y = frame.y(tick)!;
    return [
      element('line', { class: 'grid', x1: left, x2: WIDTH - RIGHT, y1: y, y2: y }),
      textElement('text', showTick(tick), {
        x: left - 6,
        y: y + 4,
        'text-anchor': 'end',
      }),
    ];
  });
  // Omit names for which there is no room.
  const longest = Math.max(1, ...categories.map(({ length }) => length));
  const every = Math.ceil(((longest + 1) * CHARACTER) / frame.band);
  const names = categories.flatMap((name, at) =>
    at % every === 0
      ? [textElement('text', name, { x: frame.middle(at), y: frame.bottom + 16, 'text-anchor': 'middle' })]
      : [],
  );
  return [
    ...grid,
    element('line', { class: 'axis', x1: left, x2: WIDTH - RIGHT, y1: frame.bottom, y2: frame.bottom }),
    ...names,
    textElement('text', unit, { x: 2, y: 11 }),
    textElement('text', axis, { x: (left + WIDTH) / 2, y: HEIGHT - 6, 'text-anchor': 'middle' }),
  ];
}

function showTick(tick: number): string {
  return tick.toLocaleString('en-US', { maximumFractionDigits: 12 });
}
