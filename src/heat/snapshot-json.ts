import type { HeatSnapshot } from './heat-snapshot.js';

/** The arrays of a snapshot whose elements can be NaN. */
type Unknowable = 'rate' | 'age' | 'written';
type Arrays = Unknowable | 'observations' | 'known' | 'recordPages' | 'advice';

/**
 * A `HeatSnapshot` as JSON, for `pageferry heat --json` and the dashboard: the same names and values, with an element of each
 * list for each unit. Null is NaN, which JSON does not have.
 */
export type SnapshotJson = Omit<HeatSnapshot, Arrays> & {
  readonly [name in Arrays]: readonly (name extends Unknowable ? number | null : number)[];
};

/** Digits of a figure. More would be noise. */
const DIGITS = 4;

export function snapshotJson(snapshot: HeatSnapshot): SnapshotJson {
  const { rate, age, observations, known, written, recordPages, advice, ...rest } = snapshot;
  return {
    ...rest,
    rate: Array.from(rate, rounded),
    age: Array.from(age, rounded),
    observations: Array.from(observations, digits),
    known: Array.from(known, roundedPart),
    written: Array.from(written, rounded),
    recordPages: Array.from(recordPages),
    advice: Array.from(advice),
  };
}

/** The unit of a snapshot, under the same names. */
export function unitJson(snapshot: HeatSnapshot, unit: number): Readonly<Record<Arrays, number | null>> {
  const { rate, age, observations, known, written, recordPages, advice } = snapshot;
  return {
    rate: rounded(rate[unit]!),
    age: rounded(age[unit]!),
    observations: digits(observations[unit]!),
    known: roundedPart(known[unit]!),
    written: rounded(written[unit]!),
    recordPages: recordPages[unit]!,
    advice: advice[unit]!,
  };
}

/** The snapshot of its JSON. */
export function snapshotOf(json: SnapshotJson): HeatSnapshot {
  const { rate, age, observations, known, written, recordPages, advice, ...rest } = json;
  return {
    ...rest,
    rate: Float32Array.from(rate, orNaN),
    age: Float32Array.from(age, orNaN),
    observations: Float32Array.from(observations),
    known: Float32Array.from(known),
    written: Float32Array.from(written, orNaN),
    recordPages: Uint16Array.from(recordPages),
    advice: Uint8Array.from(advice),
  };
}

/** To four digits. Null for NaN. */
export function rounded(value: number): number | null {
  return Number.isNaN(value) ? null : digits(value);
}

function digits(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

/** 1 is only a whole unit. */
function roundedPart(part: number): number {
  return part < 1 ? Math.min(digits(part), 1 - 10 ** -DIGITS) : 1;
}

function orNaN(value: number | null): number {
  return value ?? Number.NaN;
}
