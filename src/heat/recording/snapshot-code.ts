import { PMD_PAGES } from '../../common/page.js';
import { type HeatSnapshot, snapshotArrays } from '../heat-snapshot.js';
import type { Sight } from '../observation.js';
import type { WorkingSet } from '../working-set.js';
import { type ByteReader, FormatError } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { MAX_UNITS } from './format.js';

/** Columns of codes: rate, last access, observations, known part, written part, pages of the largest record. */
const COLUMNS = 6;
/** Steps of a rate's code in a factor of 2, and the code of one access per second. */
const RATE_STEPS = 256;
const RATE_ONE = 2 + 32 * RATE_STEPS;
const MAX_RATE = 65_535;
/** The same of the number of observations. */
const COUNT_STEPS = 4;
const COUNT_ONE = 1 + 16 * COUNT_STEPS;
const MAX_COUNT = 255;
const KNOWN_STEPS = 255;
const WRITTEN_STEPS = 200;
/** The largest code of each column. */
const MAX_CODES = [
  MAX_RATE,
  Number.MAX_SAFE_INTEGER,
  MAX_COUNT,
  KNOWN_STEPS,
  1 + WRITTEN_STEPS,
  PMD_PAGES,
] as const;

/**
 * The whole numbers for which a recording has the figures of a snapshot. They are written as differences from those of the
 * snapshot before.
 */
export class SnapshotCodes {
  readonly #columns: readonly Float64Array[];
  readonly units: number;

  constructor(units: number) {
    this.units = units;
    this.#columns = Array.from({ length: COLUMNS }, () => new Float64Array(units));
  }

  /** Writes a snapshot, and keeps its codes. */
  write(to: ByteWriter, snapshot: HeatSnapshot, originMs: number): void {
    const { rate, age, observations, known, written, recordPages, atMs } = snapshot;
    const at = atMs - originMs;
    const code: readonly ((unit: number) => number)[] = [
      (unit) => rateCode(rate[unit]!),
      (unit) => (Number.isNaN(age[unit]!) ? 0 : 1 + zigzag(Math.round(at - age[unit]!))),
      (unit) => countCode(observations[unit]!),
      (unit) => knownCode(known[unit]!),
      (unit) => (Number.isNaN(written[unit]!) ? 0 : 1 + Math.round(written[unit]! * WRITTEN_STEPS)),
      (unit) => recordPages[unit]!,
    ];
    for (const [i, column] of this.#columns.entries()) {
      const codeOf = code[i]!;
      let same = 0;
      for (let unit = 0; unit < this.units; unit++) {
        const value = codeOf(unit);
        const change = value - column[unit]!;
        if (change === 0) {
          same++;
          continue;
        }
        column[unit] = value;
        to.varint(same);
        to.varint(zigzag(change));
        same = 0;
      }
      if (same > 0) to.varint(same);
    }
  }

  /** Reads a snapshot's codes and decodes them. @throws FormatError */
  read(from: ByteReader, snapshot: HeatSnapshot, originMs: number): void {
    for (const [i, column] of this.#columns.entries()) {
      const max = MAX_CODES[i]!;
      for (let unit = 0; unit < this.units; unit++) {
        unit += from.varint();
        if (unit > this.units) throw new FormatError('a snapshot has too many units');
        if (unit === this.units) break;
        const value = column[unit]! + unzigzag(from.varint());
        if (!(value >= 0 && value <= max)) throw new FormatError('a snapshot has impossible figures');
        column[unit] = value;
      }
    }
    const [rates, accesses, counts, parts, writes, records] = this.#columns as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const { rate, age, observations, known, written, recordPages, atMs } = snapshot;
    const at = atMs - originMs;
    for (let unit = 0; unit < this.units; unit++) {
      rate[unit] = rateOfCode(rates[unit]!);
      age[unit] = accesses[unit] === 0 ? Number.NaN : Math.max(0, at - unzigzag(accesses[unit]! - 1));
      observations[unit] = counts[unit] === 0 ? 0 : 2 ** ((counts[unit]! - COUNT_ONE) / COUNT_STEPS);
      known[unit] = parts[unit]! / KNOWN_STEPS;
      written[unit] = writes[unit] === 0 ? Number.NaN : (writes[unit]! - 1) / WRITTEN_STEPS;
      recordPages[unit] = records[unit]!;
    }
  }
}

/** Writes the figures of a snapshot that are not by unit. */
export function writeHead(
  to: ByteWriter,
  snapshot: HeatSnapshot,
  sets: readonly WorkingSet[],
  key: boolean,
): void {
  to.u8(key ? 1 : 0);
  to.f64(snapshot.atMs);
  to.varint(snapshot.offset);
  to.varint(snapshot.bytes);
  to.varint(snapshot.unitBytes);
  to.varint(sets.length);
  for (const { windowMs, lowBytes, estimateBytes, highBytes, unknownBytes } of sets) {
    to.f64(windowMs);
    for (const bytes of [lowBytes, estimateBytes, highBytes, unknownBytes]) to.varint(bytes);
  }
}

export interface SnapshotHead {
  readonly key: boolean;
  readonly snapshot: HeatSnapshot;
  readonly workingSets: readonly WorkingSet[];
}

/** Reads what `writeHead` has written, and makes the arrays. @throws FormatError */
export function readHead(
  from: ByteReader,
  about: { readonly source: string; readonly sees: Sight },
): SnapshotHead {
  const key = from.u8() === 1;
  const atMs = from.f64();
  const offset = from.varint();
  const bytes = from.varint();
  const unitBytes = from.varint();
  const units = Math.ceil(bytes / unitBytes);
  if (!Number.isFinite(atMs) || !(units >= 1 && units <= MAX_UNITS)) {
    throw new FormatError('a snapshot has impossible figures');
  }
  const count = from.varint();
  // A curve has 5 numbers a point. More points than bytes would be a lie.
  if (count > from.left) throw new FormatError('a part is shorter than it has to be');
  const workingSets = Array.from({ length: count }, () => ({
    windowMs: positive(from.f64()),
    lowBytes: from.varint(),
    estimateBytes: from.varint(),
    highBytes: from.varint(),
    unknownBytes: from.varint(),
  }));
  const snapshot = { atMs, offset, bytes, unitBytes, ...about, ...snapshotArrays(units) };
  return { key, snapshot, workingSets };
}

function positive(ms: number): number {
  if (ms > 0 && ms < Number.POSITIVE_INFINITY) return ms;
  throw new FormatError('a snapshot has impossible figures');
}

function rateCode(rate: number): number {
  if (Number.isNaN(rate)) return 0;
  if (rate === 0) return 1;
  const code = RATE_ONE + Math.round(Math.log2(rate) * RATE_STEPS);
  return Math.min(Math.max(code, 2), MAX_RATE);
}

function rateOfCode(code: number): number {
  if (code === 0) return Number.NaN;
  return code === 1 ? 0 : 2 ** ((code - RATE_ONE) / RATE_STEPS);
}

function countCode(count: number): number {
  if (!(count > 0)) return 0;
  return Math.min(Math.max(COUNT_ONE + Math.round(Math.log2(count) * COUNT_STEPS), 1), MAX_COUNT);
}

/** 0 only for nothing, and 255 only for all. */
function knownCode(known: number): number {
  if (known <= 0) return 0;
  if (known >= 1) return KNOWN_STEPS;
  return Math.min(Math.max(Math.round(known * KNOWN_STEPS), 1), KNOWN_STEPS - 1);
}

/** Small numbers of either sign as small numbers from 0. */
function zigzag(value: number): number {
  return value >= 0 ? 2 * value : -2 * value - 1;
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
