import { PMD_PAGES, PMD_SIZE } from '../common/page.js';
import type { Ferry } from '../ferry/ferry.js';
import { NO_NODE } from '../policy/policy.js';
import type { Budget } from './budget.js';
import type { Ledger } from './ledger.js';
import { runsOf } from './managed-region.js';
import type { Mover } from './mover.js';
import { type Epoch, MOST_UNITS } from './placement.js';
import { HUGE, type Units } from './units.js';

/** A unit is dense if this part of its pages is accessed in one watch. */
const DENSE = 0.5;
/** Base pages beyond this are missed in the second-level TLB: 1536 entries on processors of Intel since Skylake. */
const TLB_BYTES = 1536 * 4096;
/**
 * Time that a huge page saves for each page that is accessed in a watch: at least one walk of the page tables. Nanoseconds.
 */
const WALK_NS = 10;
/** Times for which the program loses the time of the migration thread: as CPU, and as the wait of a thread. */
const LOST_TIMES = 2;

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
      const watched = latest.watchedNs / 1e9 / PMD_PAGES;
      for (const { at, length } of region.units.extents) {
        for (let place = at; place < at + length; place++) {
          // A rate of r accesses per second and page leaves a part of exp(-r t) of the pages untouched in a watch of t.
          const isDense = 1 - Math.exp(-rate[place]! * watched) >= DENSE;
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
      all.huge[place] === HUGE.small &&
      all.where[place] !== NO_NODE &&
      all.locked[place] === 0 &&
      all.restUntil[place]! <= now &&
      gainNs(place) > costNs;
    for (const run of this.#runs(epoch, pays)) {
      if (epoch.stopping()) return;
      const why = mover.pauses.permitsHuge ? 'budget' : 'pause';
      if (why === 'pause' || this.#budget.left() < run.length * PMD_SIZE) {
        this.#ledger.refused(ACTUATOR, why, run.length, run.length * PMD_SIZE);
        continue;
      }
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
        this.#ledger.hugeBytes += result.hugeBytes;
        this.#ledger.predictedGainNs += gain;
      }
      // It is tried once: the kernel has no memory for it, or the unit had no whole huge page, or was on one.
      const state = promoted ? HUGE.promoted : HUGE.kept;
      if (result.failures.length === 0) all.huge.fill(state, run.place, run.place + run.length);
    }
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
      all.where[place] !== NO_NODE &&
      all.restUntil[place]! <= now &&
      now - all.usedAt[place]! >= coldMs;
    for (const run of this.#runs(epoch, isCold)) {
      if (epoch.stopping() || this.#budget.left() < run.length * PMD_SIZE) return;
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
      all.huge.fill(HUGE.small, run.place, run.place + run.length);
      all.denseSince.fill(Number.POSITIVE_INFINITY, run.place, run.place + run.length);
    }
  }

  #runs({ managed }: Epoch, isWanted: (place: number) => boolean) {
    return [...managed.values()].flatMap((region) => runsOf(region, MOST_UNITS, isWanted));
  }
}
