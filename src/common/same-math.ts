/*
 * Logarithm, exponential and power from the four basic operations alone, which IEEE 754 defines to the last bit. `Math.log`,
 * `Math.exp` and `**` have other last digits in other versions of V8 (Node 20 and Chromium 156, for example), and in other
 * engines. Figures that are compared between machines, or with a browser, must not depend on them.
 */

/** The two parts of ln 2. Multiples of the first up to 2^20 are exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const SQRT_HALF = Math.SQRT1_2;
/** Terms of the series, so that the rest is below half of the last bit. */
const LOG_TERMS = 11;
const EXP_TERMS = 14;
/** Above the first, the result is infinite. Below the second, it has fewer than 53 bits, and is 0 here. */
const MAX_EXPONENT = 709.79;
const MIN_EXPONENT = -708.39;

/** The natural logarithm, with an error of a few units of the last place. */
export function sameLog(value: number): number {
  if (!(value > 0)) return value === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (value === Number.POSITIVE_INFINITY) return value;
  let part = value;
  let twos = 0;
  for (; part >= 2 * SQRT_HALF; twos++) part /= 2;
  for (; part < SQRT_HALF; twos--) part *= 2;
  // ln(part) = 2 artanh((part - 1) / (part + 1)).
  const s = (part - 1) / (part + 1);
  const square = s * s;
  let sum = 0;
  for (let term = LOG_TERMS; term >= 1; term--) sum = square * (sum + 1 / (2 * term + 1));
  return twos * LN2_HIGH + (twos * LN2_LOW + 2 * s * (1 + sum));
}

/** e to the power of `exponent`, with a relative error of a few units of the last place. */
export function sameExp(exponent: number): number {
  if (Number.isNaN(exponent)) return exponent;
  if (exponent > MAX_EXPONENT) return Number.POSITIVE_INFINITY;
  if (exponent < MIN_EXPONENT) return 0;
  const twos = Math.round(exponent / Math.LN2);
  const rest = exponent - twos * LN2_HIGH - twos * LN2_LOW;
  let sum = 1;
  for (let term = EXP_TERMS; term >= 1; term--) sum = 1 + (rest / term) * sum;
  for (let left = twos; left > 0; left--) sum *= 2;
  for (let left = twos; left < 0; left++) sum /= 2;
  return sum;
}

/** `base` to the power of `exponent`, for a base that is not negative. */
export function samePower(base: number, exponent: number): number {
  if (exponent === 0) return 1;
  return base === 1 ? 1 : sameExp(exponent * sameLog(base));
}
