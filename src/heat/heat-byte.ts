/**
 * The byte of a page. 0 is unknown. Else the high 4 bits are the rate level, 1 to 15, and the low 4 bits the recency level,
 * 0 to 15. Each step of the rate is a factor of 4, each step of the recency a factor of 2.
 */
export const UNKNOWN_BYTE = 0;
export const MAX_LEVEL = 15;

/** log2 of the lowest rate of level 2, in accesses per second and page. Level 1 is below it. */
const RATE_LOG2 = -10;
/** log2 of the milliseconds below which the recency level is 15. */
const AGE_LOG2 = 4;

/** Lower bound of a rate level, in accesses per second and page. 0 for level 1, which has no lower bound. */
export function rateOfLevel(level: number): number {
  return level <= 1 ? 0 : 2 ** (RATE_LOG2 + 2 * (level - 2));
}

/** Lower bound of a recency level, in milliseconds since the last access. Infinity for level 0: no access was seen. */
export function ageOfLevel(level: number): number {
  if (level <= 0) return Number.POSITIVE_INFINITY;
  return level >= MAX_LEVEL ? 0 : 2 ** (AGE_LOG2 + MAX_LEVEL - 1 - level);
}

/** Level 1 to 15 of a rate in accesses per second and page. 0 for NaN. */
export function rateLevel(perPage: number): number {
  if (!(perPage >= 0)) return 0;
  const level = Math.floor((Math.log2(perPage) - RATE_LOG2) / 2) + 2;
  return Math.min(Math.max(level, 1), MAX_LEVEL);
}

/** Level 0 to 15 of an age in milliseconds. 0 for NaN. */
export function ageLevel(ageMs: number): number {
  if (!(ageMs >= 0)) return 0;
  const level = MAX_LEVEL - 1 - Math.floor(Math.log2(ageMs) - AGE_LOG2);
  return Math.min(Math.max(level, 1), MAX_LEVEL);
}

/** The byte of a page. NaN for an unknown rate gives 0, NaN for the age means that no access was seen. */
export function heatByte(perPage: number, ageMs: number): number {
  const level = rateLevel(perPage);
  return level === 0 ? UNKNOWN_BYTE : (level << 4) | ageLevel(ageMs);
}

/** Rate level of a byte, 0 for unknown. */
export function byteRateLevel(byte: number): number {
  return byte >> 4;
}

/** Recency level of a byte, 0 for unknown or if no access was seen. */
export function byteAgeLevel(byte: number): number {
  return byte & 15;
}
