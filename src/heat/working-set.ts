import { PAGE_SIZE } from '../common/page.js';
import type { HeatRecords } from './heat-records.js';
import { UNIT, type UnitVisitor } from './unit-tree.js';

/**
 * The bytes that a program touches within a time, in whole pages.
 * @see {@link Region.heat} for an example
 */
export interface WorkingSet {
  /** The time, ms. */
  readonly windowMs: number;
  /** Lower bound. It does not count unknown pages, and counts one page of a larger record in which accesses were seen. */
  readonly lowBytes: number;
  /** As if the accesses of a record were spread evenly over its pages. It does not count unknown pages. */
  readonly estimateBytes: number;
  /** Upper bound. It counts every unknown page as touched. */
  readonly highBytes: number;
  /** Bytes of which nothing is known. */
  readonly unknownBytes: number;
}

/** The times of the working-set curve: 1 s, 10 s and 60 s. */
export const WINDOWS_MS: readonly number[] = [1000, 10_000, 60_000];

/** Standard deviations between the sums and the bounds: 95 % of a normal distribution. */
const DEVIATIONS = 2;

/**
 * The working-set curve: the bytes that are touched within each of `windowsMs`, if accesses continue as in the last
 * half-lives. Three things limit what can be known, and the bounds have all of them:
 *
 * - **Unknown pages**, which were never watched or not for long. They are in the upper bound only.
 * - **Rates that are estimated.** n accesses in the watched time T leave a gamma distribution of the rate. A page stays
 *   untouched in a time W with the probability (T / (T + W))^a. The lower bound and the estimate have a = n. So
 *   memory in which no access was seen is not in the estimate, however short it was watched. The upper bound has the rate of n + 1 accesses and a standard deviation more, because the mean of
 *   the distribution would be too low where nearly all pages are touched. Both bounds are further away by two standard
 *   deviations of the sum.
 * - **Records of more than a page.** Evenly spread accesses touch the largest number of pages, so the upper bound and the
 *   estimate have those. The lower bound has one page of the record.
 *
 * A page whose own access was seen within the window is in all three.
 */
export function workingSets(
  records: HeatRecords,
  atNs: number,
  windowsMs: readonly number[] = WINDOWS_MS,
): WorkingSet[] {
  const sums = windowsMs.map((windowMs) => new WorkingSetSum(windowMs));
  const visitor: UnitVisitor = {
    unit(_page, pages, figures) {
      for (const sum of sums) sum.add(pages, figures);
    },
  };
  records.walk(visitor, atNs);
  return ordered(sums.map((sum) => sum.result(records.pages)));
}

/** A page that is touched within a time is also touched within a longer one. So a bound holds for other windows, too. */
function ordered(sets: readonly WorkingSet[]): WorkingSet[] {
  return sets.map((set) => {
    const shorter = sets.filter(({ windowMs }) => windowMs <= set.windowMs);
    const longer = sets.filter(({ windowMs }) => windowMs >= set.windowMs);
    return {
      ...set,
      lowBytes: Math.max(...shorter.map(({ lowBytes }) => lowBytes)),
      highBytes: Math.min(...longer.map(({ highBytes }) => highBytes)),
    };
  });
}

/** Pages of one window. */
class WorkingSetSum {
  readonly #windowMs: number;
  readonly #window: number;
  #known = 0;
  /** Pages that were touched for certain. */
  #seen = 0;
  #low = 0;
  #estimate = 0;
  #high = 0;
  #variance = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
    this.#window = windowMs / 1000;
  }

  add(pages: number, figures: Float64Array): void {
    const touches = figures[UNIT.touches]!;
    const watched = figures[UNIT.watched]!;
    this.#known += pages;
    const seen = figures[UNIT.ageMs]! <= this.#windowMs;
    if (seen) this.#seen++;
    if (seen && pages === 1) {
      this.#low++;
      this.#estimate++;
      this.#high++;
      return;
    }
    const window = this.#window;
    // Logarithms of the probability, for one access, that a page stays untouched in the window, and in twice the window.
    const once = Math.log(watched / (watched + window));
    const twice = Math.log(watched / (watched + 2 * window));
    const least = seen ? 1 : 0;
    const whole = watched / pages;
    this.#low += Math.max(least, 1 - (whole / (whole + window)) ** touches);
    this.#estimate += Math.max(least, -pages * Math.expm1(once * touches));
    const rate = (touches + 1 + Math.sqrt(touches + 1)) / watched;
    this.#high += Math.max(least, -pages * Math.expm1(-rate * window));
    const mean = Math.exp(once * (touches + 0.5));
    const square = Math.exp(twice * (touches + 0.5));
    // The pages of a record have one rate, so its uncertainty is common to them. The accesses themselves are independent.
    this.#variance += pages ** 2 * Math.max(0, square - mean ** 2) + pages * Math.max(0, mean - square);
  }

  result(regionPages: number): WorkingSet {
    const unknown = regionPages - this.#known;
    const apart = DEVIATIONS * Math.sqrt(this.#variance);
    return {
      windowMs: this.#windowMs,
      lowBytes: Math.floor(Math.max(this.#seen, this.#low - apart)) * PAGE_SIZE,
      estimateBytes: Math.round(this.#estimate) * PAGE_SIZE,
      highBytes: Math.ceil(Math.min(this.#known, this.#high + apart) + unknown) * PAGE_SIZE,
      unknownBytes: unknown * PAGE_SIZE,
    };
  }
}
