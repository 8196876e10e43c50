import { formatSize } from '../../common/size.js';
import { ADVICE, ADVICE_NAMES } from '../advice.js';
import { rateOfLevel } from '../heat-byte.js';
import { bytesOfUnit, type HeatSnapshot } from '../heat-snapshot.js';
import type { Sight } from '../observation.js';
import { showRate } from './axis-text.js';
import type { GridCertainty, HeatGrid } from './heat-grid.js';

export const RATE_UNIT = 'accesses per second and 4K page';

/** The meaning of a working set's bounds. */
export const WORKING_SET_TEXT =
  'The estimate of the working set does not count unknown memory. The lower bound counts one page of a record ' +
  'that is larger, the upper bound counts all unknown memory.';

/** The rates of a level, or of consecutive levels that are drawn alike. */
export function rateText(level: number): string {
  return level <= 1 ? `below ${showRate(rateOfLevel(2))}` : `from ${showRate(rateOfLevel(level))}`;
}

/** The part of a map that is unknown, and how sure the rest is. */
export function certaintyTexts({ unknown, median, tenth }: GridCertainty): string[] {
  const part = unknown > 0 && unknown < 0.005 ? 'Less than 1' : String(Math.round(unknown * 100));
  const told = `${part} % of the map is unknown: it was not watched, or not for long.`;
  if (Number.isNaN(median)) return [told];
  return [
    told,
    `Half of the known cells are based on ${showCount(median)} or more observations, a tenth on fewer than ` +
      `${showCount(tenth)}. A rate from one observation can be several times too high or too low.`,
  ];
}

/** For readers who cannot see the picture: the hottest place. */
export function hottestText(grid: HeatGrid): string {
  const { rows, columns, offset, bytes } = grid.shape;
  let best = 0;
  let sums = -1;
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let column = 0; column < columns; column++) sum += rateOfLevel(grid.level(row, column));
    if (sum > sums) [best, sums] = [row, sum];
  }
  if (!(sums > 0)) return 'No access is known.';
  const at = formatSize(offset + (best * bytes) / rows);
  return `The hottest row is at ${at}, with a mean of about ${showRate(sums / columns)} ${RATE_UNIT}.`;
}

/** The program's advice on the memory of a snapshot. Empty if there is none. */
export function adviceText(snapshot: HeatSnapshot): string {
  const bytes = ADVICE_NAMES.map(() => 0);
  for (const [unit, said] of snapshot.advice.entries()) bytes[said]! += bytesOfUnit(snapshot, unit);
  const { hot, cold, mixed } = ADVICE;
  const parts = [
    ...(bytes[hot]! > 0 ? [`${formatSize(bytes[hot]!)} are hot`] : []),
    ...(bytes[cold]! > 0 ? [`${formatSize(bytes[cold]!)} are cold`] : []),
    ...(bytes[mixed]! > 0 ? [`parts of ${formatSize(bytes[mixed]!)} are hot or cold`] : []),
  ];
  return parts.length === 0
    ? ''
    : `The program says that ${parts.join(', and that ')}. The map does not show that.`;
}

/** The accesses that the source sees. */
export function sightText(source: string, { reads, writes, kinds }: Sight): string {
  const seen = reads && writes ? 'reads and writes' : writes ? 'writes only' : 'reads only';
  const apart = reads && writes && !kinds ? ', and cannot distinguish them' : '';
  const rest = reads && writes ? '' : `. Memory that is only ${writes ? 'read' : 'written'} seems cold`;
  return `The source ${source} sees ${seen}${apart}${rest}.`;
}

function showCount(count: number): string {
  if (count >= 10) return String(Math.round(count));
  const rounded = count.toFixed(1);
  return rounded === '0.0' ? '0.1' : rounded;
}
