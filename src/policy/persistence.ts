import type { UnitOrder } from './unit-order.js';

/** Lags of 1, 2, 4, … epochs at which a difference of rates is looked at again. */
const LAGS = 11;
/** Classes of differences, a factor of 2 each. The difference of `MIDDLE` is the mean rate of all units. */
const CLASSES = 24;
const MIDDLE = 12;
/** Each class is there for rates that have just risen, and again for those that have not. */
const KINDS = 2 * CLASSES;
/** Pairs of a kind that are looked at again. */
const SAMPLES = 16;
const PAIRS = KINDS * SAMPLES;
/** Weight of what was found before, when a class is looked at again. */
const MEMORY = 0.9;

/** Pairs of units that were found at one epoch. */
interface Cohort {
  readonly hotter: Int32Array;
  /** -1: the hotter unit needs no room. */
  readonly colder: Int32Array;
  readonly difference: Float64Array;
  readonly kind: Uint8Array;
  /** Sums of the differences since then, and of what they were when they were found, by kind. */
  readonly sums: Float64Array;
  length: number;
  takenAt: number;
}

/**
 * Learns for how long a difference of rates lasts, from units as they are, without moving any. At each epoch a policy
 * offers pairs of a hotter unit and a colder one that would be exchanged. The differences of some pairs are looked at again
 * for 1, 2, 4, … epochs. A difference that was noise, or is over, is smaller then. Small and large differences are kept apart,
 * because noise matters more for the small ones. So are rates that have just risen and rates that have lasted.
 */
export class Persistence {
  readonly #cohorts: Cohort[] = Array.from({ length: LAGS }, () => ({
    hotter: new Int32Array(PAIRS),
    colder: new Int32Array(PAIRS),
    difference: new Float64Array(PAIRS),
    kind: new Uint8Array(PAIRS),
    sums: new Float64Array(2 * KINDS),
    length: 0,
    takenAt: -1,
  }));
  /** Sums of the differences when they were found, and when they were looked at again, by kind and lag. The last kind is
   * all of them. */
  readonly #found = new Float64Array((KINDS + 1) * LAGS);
  readonly #left = new Float64Array((KINDS + 1) * LAGS);
  readonly #counts = new Uint32Array(KINDS);
  readonly #taken = new Uint32Array(KINDS);
  #epoch = 0;
  #mean = 1;

  /** Units were added or removed, so numbers of units may have another meaning. */
  forgetPairs(): void {
    for (const cohort of this.#cohorts) cohort.takenAt = -1;
  }

  /**
   * An epoch has passed. Rates are compared as shares of their sum, so that a program that runs faster as a whole changes
   * nothing.
   */
  look(rates: Float32Array, sum: number): void {
    this.#epoch++;
    this.#mean = 1 / Math.max(1, rates.length);
    if (sum === 0) return;
    for (let lag = 0; lag < LAGS; lag++) {
      const cohort = this.#cohorts[lag]!;
      const age = this.#epoch - cohort.takenAt;
      // Each lag stands for the epochs since the lag before.
      if (cohort.takenAt < 0 || age <= Math.floor(2 ** (lag - 1))) continue;
      for (let i = 0; i < cohort.length; i++) {
        const kind = cohort.kind[i]!;
        const colder = cohort.colder[i]!;
        const now = known(rates, cohort.hotter[i]!) - (colder < 0 ? 0 : known(rates, colder));
        cohort.sums[kind]! += now / sum;
        cohort.sums[KINDS + kind]! += cohort.difference[i]!;
      }
      if (age >= 2 ** lag) this.#learn(cohort, lag);
    }
  }

  #learn(cohort: Cohort, lag: number): void {
    for (let kind = 0; kind < KINDS; kind++) {
      const found = cohort.sums[KINDS + kind]!;
      if (found === 0) continue;
      this.#add(kind, lag, cohort.sums[kind]!, found);
      this.#add(KINDS, lag, cohort.sums[kind]!, found);
    }
    cohort.takenAt = -1;
  }

  #add(kind: number, lag: number, left: number, found: number): void {
    const at = kind * LAGS + lag;
    this.#found[at] = this.#found[at]! * MEMORY + found;
    this.#left[at] = this.#left[at]! * MEMORY + left;
  }

  /**
   * Takes pairs of this epoch: the hottest of `hotter` with the coldest of `colder`, and so on.
   * @param free Hotter units that need no room.
   * @param risen 1 for each unit of which the rate has just risen.
   */
  take(hotter: UnitOrder, colder: UnitOrder, free: number, sum: number, risen: Uint8Array): void {
    if (sum === 0 || this.#cohorts.every(({ takenAt }) => takenAt >= 0)) return;
    this.#counts.fill(0);
    this.#taken.fill(0);
    let pairs = 0;
    for (; pairs < hotter.length; pairs++) {
      const difference = differenceAt(hotter, colder, free, pairs);
      if (!(difference > 0)) break;
      this.#counts[this.#kindOf(difference / sum, risen[hotter.highest(pairs)] === 1)]!++;
    }
    for (const cohort of this.#cohorts) {
      if (cohort.takenAt >= 0) continue;
      cohort.length = 0;
      cohort.sums.fill(0);
    }
    for (let i = 0; i < pairs; i++) {
      const difference = differenceAt(hotter, colder, free, i) / sum;
      const kind = this.#kindOf(difference, risen[hotter.highest(i)] === 1);
      const stride = Math.ceil(this.#counts[kind]! / SAMPLES);
      if (this.#taken[kind]!++ % stride !== 0) continue;
      for (const cohort of this.#cohorts) {
        if (cohort.takenAt >= 0) continue;
        const at = cohort.length++;
        cohort.hotter[at] = hotter.highest(i);
        cohort.colder[at] = i < free ? -1 : colder.lowest(i - free);
        cohort.difference[at] = difference;
        cohort.kind[at] = kind;
      }
    }
    if (pairs === 0) return;
    for (const cohort of this.#cohorts) if (cohort.takenAt < 0) cohort.takenAt = this.#epoch;
  }

  /**
   * Epochs for which a difference will last, each one counted by the part of it that is left. It is never longer than the
   * longest lag that was seen.
   * @param difference As a share of the sum of all rates.
   * @param memory Epochs by which the rates are late: the mean age of an observation in them. Of a difference that is over,
   * nothing lasts, but its rates decay for so long.
   * @param risen Whether the rate of the hotter unit has just risen.
   */
  epochs(difference: number, memory: number, risen: boolean): number {
    const kind = this.#kindOf(difference, risen);
    let total = 0;
    let late = 0;
    let seen = 0;
    let lasts = 0;
    let shorter = 0;
    for (let lag = 0; lag < LAGS; lag++) {
      // A kind of which no pair was seen for so long is taken to be like all kinds together.
      const at = this.#found[kind * LAGS + lag]! > 0 ? kind * LAGS + lag : KINDS * LAGS + lag;
      if (this.#found[at] === 0) break;
      const left = Math.min(1, this.#left[at]! / this.#found[at]!) * (2 ** lag - seen);
      total += left;
      late += (left * (2 ** lag + seen)) / 2;
      seen = 2 ** lag;
      shorter = lasts;
      // The weight of an epoch falls evenly, to 0 at this lag. With decayed rates g of true rates f: g' = (f - g) / memory.
      // So the weighted integral of f is that of g, less memory times what g has lost in the mean.
      lasts = total - late / seen - memory * (1 - total / seen);
    }
    // Memory that is accessed at regular intervals would look good for a lag that ends after one more access.
    return Math.max(0, Math.min(lasts, shorter));
  }

  #kindOf(difference: number, risen: boolean): number {
    const octave = Math.floor(Math.log2(difference / this.#mean)) + MIDDLE;
    return Math.min(Math.max(octave, 0), CLASSES - 1) + (risen ? CLASSES : 0);
  }
}

function differenceAt(hotter: UnitOrder, colder: UnitOrder, free: number, i: number): number {
  const rate = hotter.key(hotter.highest(i));
  if (i < free) return rate;
  return i - free < colder.length ? rate - colder.key(colder.lowest(i - free)) : 0;
}

function known(rates: Float32Array, unit: number): number {
  return Math.max(rates[unit]! || 0, 0);
}
