import type { HardwareProfile } from '../../src/sim/profile/hardware-profile.js';
import { meanAbsolute, type PublishedCell } from './published-cells.js';
import { fit } from './search.js';

/**
 * Few walks end at different places: with two of them the unseen tables by folio size had mean errors of 8 to 19 %,
 * depending on the seed.
 */
const WALKS = 10;
const STEPS = 8000;

/** The errors of a group of published cells, fitted with them and without them. In parts. */
export interface LeftOut {
  readonly group: string;
  readonly cells: number;
  readonly seen: number;
  readonly unseen: number;
  readonly worst: number;
}

/** Fits without each group of cells, and predicts it. @param best the fit to all cells. */
export function leaveOut(
  given: HardwareProfile,
  best: HardwareProfile,
  cells: readonly PublishedCell[],
  groupOf: (cell: PublishedCell) => string,
  seed: number,
): LeftOut[] {
  return [...new Set(cells.map(groupOf))].map((group) => {
    const own = cells.filter((cell) => groupOf(cell) === group);
    const others = cells.filter((cell) => groupOf(cell) !== group);
    const without = fit(given, others, seed, WALKS, STEPS);
    const unseen = own.map(({ error }) => error(without));
    return {
      group,
      cells: own.length,
      seen: meanAbsolute(own.map(({ error }) => error(best))),
      unseen: meanAbsolute(unseen),
      worst: Math.max(...unseen.map(Math.abs)),
    };
  });
}

/** As a Markdown table. */
export function leftOutTable(name: string, rows: readonly LeftOut[]): string {
  return [
    `| ${name} left out | cells | fitted with it | without it | worst without it |`,
    '|---|--:|--:|--:|--:|',
    ...rows.map(
      ({ group, cells, seen, unseen, worst }) =>
        `| ${group} | ${cells} | ${[seen, unseen, worst].map(percent).join(' | ')} |`,
    ),
  ].join('\n');
}

export function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
