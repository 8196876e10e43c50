import { readSafely } from '../common/check-plain.js';
import { describe } from '../common/describe-value.js';
import { invalidArgument } from '../common/migration-error.js';
import type { HeatSnapshot } from './heat-snapshot.js';

/** Bits of a rate by which units are counted first. Positive floats have the order of their bits (IEEE 754). */
const COARSE_SHIFT = 16;

/**
 * The units that make up the hottest `share` of all units, hottest first. Units whose rate is 0 or unknown are not among
 * them, so there may be fewer. Of units with the same rate, the one with the lower offset is first.
 * @param share From 0 to 1, of all units of the snapshot, rounded to whole units, at least one if it is above 0.
 * @throws MigrationError EINVAL that names the argument, for another share, or for what is not a snapshot.
 * @see {@link Region.heat} for an example
 */
export function hottest(snapshot: HeatSnapshot, share: number): Uint32Array {
  const rate = rateOf(snapshot);
  if (!(typeof share === 'number' && share >= 0 && share <= 1)) {
    throw invalidArgument('heat', 'share', `must be a number from 0 to 1, not ${describe(share)}`);
  }
  const wanted = share === 0 ? 0 : Math.max(1, Math.round(rate.length * share));
  const bits = new Uint32Array(rate.buffer, rate.byteOffset, rate.length);
  const counts = new Uint32Array(2 ** 16);
  for (let unit = 0; unit < rate.length; unit++) if (rate[unit]! > 0) counts[bits[unit]! >>> COARSE_SHIFT]!++;
  // The lowest bucket from which units are needed.
  let bucket = counts.length;
  let candidates = 0;
  while (bucket > 0 && candidates < wanted) candidates += counts[--bucket]!;
  if (candidates === 0) return new Uint32Array(0);
  const chosen = new Uint32Array(candidates);
  let next = 0;
  for (let unit = 0; unit < rate.length; unit++) {
    if (rate[unit]! > 0 && bits[unit]! >>> COARSE_SHIFT >= bucket) chosen[next++] = unit;
  }
  return chosen.sort((a, b) => rate[b]! - rate[a]! || a - b).slice(0, wanted);
}

/** @throws MigrationError EINVAL */
function rateOf(snapshot: unknown): Float32Array {
  const rate = readSafely('heat', 'snapshot', () => Object(snapshot).rate as unknown);
  if (isFloats(rate)) return rate;
  const found = Object(snapshot) === snapshot ? `its rate is ${describe(rate)}` : describe(snapshot);
  throw invalidArgument('heat', 'snapshot', `must be a snapshot of region.heat: ${found}`);
}

/** Of any realm. */
function isFloats(value: unknown): value is Float32Array {
  return ArrayBuffer.isView(value) && (value as Float32Array)[Symbol.toStringTag] === 'Float32Array';
}
