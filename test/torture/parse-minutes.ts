import { InvalidArgumentError } from 'commander';

/** A number of minutes; fractions are welcome. */
export function parseMinutes(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= 10_000) return value;
  throw new InvalidArgumentError('It must be a number of minutes above 0, up to 10000.');
}
