import { PMD_PAGES, PMD_SIZE } from '../common/page.js';
import type { Ferry } from '../ferry/ferry.js';
import { NO_NODE } from '../policy/policy.js';
import type { Budget } from './budget.js';
import type { Ledger } from './ledger.js';
import { eachWithoutHuge, type ManagedRegion, runsOf, type UnitRun } from './managed-region.js';
import type { Mover } from './mover.js';
import { type Epoch, MOST_UNITS } from './placement.js';
import { forbids, HUGE, type Units } from './units.js';

/** A unit is dense if this part of its pages is accessed in one watch. */
const DENSE = 0.5;
/** It stays dense down to this part, because chance decides which pages are accessed in a watch. */
const STILL_DENSE = 0.25;
/** The length of a watch that counts is that of the longest one, of which this part is left with each epoch. */
const WATCH_KEPT = 0.8;
/** Base pages beyond this are missed in the second-level TLB: 1536 entries on processors of Intel since Skylake. */
const TLB_BYTES = 1536 * 4096;
/**
 * Time that a huge page saves for each page that is accessed in a watch: at least one walk of the page tables. Nanoseconds.
 */
const WALK_NS = 10;
/** Times for which the program loses the time of the migration thread: as CPU, and as the wait of a thread. */
const LOST_TIMES = 2;

/**
 * A longer run is done in parts of at least so many units. A region need not be aligned to 2 MiB, so each part has one huge page
 * less than units.
 */
const LEAST_UNITS = 4;

const ACTUATOR = 'hugePages';

/**
 * The actuator of huge pages. It brings a unit to a huge page when the walks that this saves, for as long again as the unit has
 * been dense in every epoch, are worth more than its copy. So it leaves alone what is scanned now and then, what is sparse, and
 * programs whose hot memory the TLB covers anyway. It splits only what it has brought there, when that is cold.
 */
export class HugePlacement {
  readonly #ferry: Ferry;
  readonly #budget: Budget;
  readonly #ledger: Ledger;

  constructor(ferry: Ferry, parts: { readonly budget: Budget; readonly ledger: Ledger }) {
    this.#ferry = ferry;
    this.#budget = parts.budget;
    this.#ledger = parts.ledger;
  }

  async act(
    epoch: Epoch,
    units: Units,
    mover: Mover,
    order: readonly number[],
    coldMs: number,
  ): Promise<void> {
    if (this.#noteDense(epoch, units) * PMD_SIZE > TLB_BYTES) await this.#promote(epoch, units, mover, order);
    await this.#split(epoch, units, mover, order, coldMs);
  }

  /** Notes since when units are dense. Returns how many are. */
  #noteDense({ managed, now }: Epoch, units: Units): number {
    const { rate, denseSince } = units.all;
    let dense = 0;
    for (const region of managed.values()) {
      const { latest } = region;
      if (latest === undefined) continue;
      // The rates are those of several watches, and some are short because the program got no CPU.
      region.watchedNs = Math.max(latest.watchedNs, region.watchedNs * WATCH_KEPT);
      const watched = region.watchedNs / 1e9 / PMD_PAGES;
      for (const { at, length } of region.units.extents) {
        for (let place = at; place < at + length; place++) {
          // A rate of r accesses per second and page leaves a part of exp(-r t) of the pages untouched in a watch of t.
          const part = 1 - Math.exp(-rate[place]! * watched);
          const isDense = part >= (denseSince[place] === Number.POSITIVE_INFINITY ? DENSE : STILL_DENSE);
          if (!isDense) denseSince[place] = Number.POSITIVE_INFINITY;
          else if (denseSince[place] === Number.POSITIVE_INFINITY) denseSince[place] = now;
          if (isDense) dense++;
        }
      }
    }
    return dense;
  }

  async #promote(epoch: Epoch, units: Units, mover: Mover, order: readonly number[]): Promise<void> {
    const { all } = units;
    const { now } = epoch;
    const costNs = PMD_SIZE * this.#budget.nsPerByte * LOST_TIMES;
    const gainNs = (place: number): number =>
      (all.rate[place]! * WALK_NS * (now - all.denseSince[place]!)) / 1000;
    const pays = (place: number): boolean =>
      (all.huge[place] === HUGE.small || all.huge[place] === HUGE.split) &&
      !forbids(all.advice[place]!).faster &&
      all.where[place] !== NO_NODE &&
      all.locked[place] === 0 &&
      all.restUntil[place]! <= now &&
      gainNs(place) > costNs;
    const permits = mover.pauses.permitsHuge();
    const asked = new Set<ManagedRegion>();
    // Mappings are read only if something can move at all.
    if (permits && this.#budget.left() >= PMD_SIZE) {
      for (const { managed } of this.#runs(epoch, pays)) asked.add(managed);
    }
    for (const managed of asked) this.#keepAdvised(managed, units);
    for (const wanted of this.#runs(epoch, pays)) {
      if (epoch.stopping()) return;
      const run = permits ? this.#affordable(wanted) : undefined;
      const left = wanted.length - (run?.length ?? 0);
      const why = permits ? 'budget' : 'pause';
      if (left > 0) this.#ledger.refused(ACTUATOR, why, left, left * PMD_SIZE);
      if (run === undefined) continue;
      const node = this.#ferry.nodeIds[order[all.where[run.place]!]!]!;
      let gain = 0;
      for (let i = 0; i < run.length; i++) gain += gainNs(run.place + i);
      const move = {
        actuator: ACTUATOR,
        policy: ACTUATOR,
        reason: 'compaction',
        hugePages: 'promote',
      } as const;
      const result = await mover.move(run, { ...move, from: node, to: node }, now);
      if (result === undefined) continue;
      const promoted = result.bytesMoved > 0 && result.hugeBytes > 0;
      if (promoted) {
        // Pages that were on huge ones before have not moved.
        this.#ledger.hugeBytes += Math.min(result.hugeBytes, result.bytesMoved);
        this.#ledger.predictedGainNs += gain;
      }
      // It is tried once: the kernel has no memory for it, or the unit had no whole huge page, or was on one.
      const state = promoted ? HUGE.promoted : HUGE.kept;
      // The next part begins with the last unit of this one, for the huge page that is in both.
      const done = left > 0 ? run.length - 1 : run.length;
      if (result.failures.length === 0) all.huge.fill(state, run.place, run.place + done);
    }
  }

  /** The program says that it does not want huge pages in some memory. Splits of the autopilot say the same to the kernel. */
  #keepAdvised(managed: ManagedRegion, units: Units): void {
    const { huge } = units.all;
    let kept = 0;
    eachWithoutHuge(managed, (place) => {
      if (huge[place] !== HUGE.small) return;
      huge[place] = HUGE.kept;
      kept++;
    });
    if (kept > 0) this.#ledger.refused(ACTUATOR, 'advice', kept, kept * PMD_SIZE);
  }

  async #split(
    epoch: Epoch,
    units: Units,
    mover: Mover,
    order: readonly number[],
    coldMs: number,
  ): Promise<void> {
    const { all } = units;
    const { now } = epoch;
    const isCold = (place: number): boolean =>
      all.huge[place] === HUGE.promoted &&
      !forbids(all.advice[place]!).slower &&
      all.where[place] !== NO_NODE &&
      all.restUntil[place]! <= now &&
      now - all.usedAt[place]! >= coldMs;
    for (const wanted of this.#runs(epoch, isCold)) {
      const run = this.#affordable(wanted);
      if (epoch.stopping() || run === undefined) return;
      const node = this.#ferry.nodeIds[order[all.where[run.place]!]!]!;
      const move = {
        actuator: ACTUATOR,
        policy: ACTUATOR,
        reason: 'compaction',
        hugePages: 'split',
      } as const;
      const result = await mover.move(run, { ...move, from: node, to: node }, now);
      if (result === undefined) continue;
      this.#ledger.hugeBytes = Math.max(0, this.#ledger.hugeBytes - run.length * PMD_SIZE);
      all.huge.fill(HUGE.split, run.place, run.place + run.length);
      all.denseSince.fill(Number.POSITIVE_INFINITY, run.place, run.place + run.length);
    }
  }

  /** The first units of a run, as many as the budget allows. Undefined if these are very few of many. */
  #affordable(run: UnitRun): UnitRun | undefined {
    const units = Math.min(run.length, Math.floor(this.#budget.left() / PMD_SIZE));
    return units < Math.min(run.length, LEAST_UNITS) ? undefined : { ...run, length: units };
  }

  #runs({ managed }: Epoch, isWanted: (place: number) => boolean) {
    return [...managed.values()].flatMap((region) => runsOf(region, MOST_UNITS, isWanted));
  }
}
