import { accessSaving, fastShare, rateOf } from './access-saving.js';
import type { MoveSink } from './decided-moves.js';
import { LoadShift } from './load-shift.js';
import { MovePlan } from './move-plan.js';
import { FAST, NO_NODE, type Policy, type PolicyInput } from './policy.js';
import { UnitOrder } from './unit-order.js';

export interface BalanceOptions {
  /** A unit makes room only for one whose rate is this many times its own. 1 or more. @defaultValue 2 */
  readonly contrast?: number;
}

/** Seconds for which a hot unit is predicted to stay hot. The policy does not compare gain and cost. */
const STAYS_HOT = 10;

/**
 * Equalises the loaded latencies of the nodes, as Colloid (SOSP 2024): hot units move to the node that is faster under the
 * present load, as many as the share of accesses that should move. Colder units make room on the fast node.
 */
export class BalancePolicy implements Policy {
  readonly name = 'balance';
  readonly #plan = new MovePlan();
  readonly #shift = new LoadShift();
  readonly #fast = new UnitOrder();
  readonly #slow = new UnitOrder();
  readonly #contrast: number;

  constructor({ contrast = 2 }: BalanceOptions = {}) {
    this.#contrast = contrast;
  }

  decide(input: PolicyInput, moves: MoveSink): void {
    const { heat, nodeOf, nodes } = input;
    const units = nodeOf.length;
    this.#fast.clear(units);
    this.#slow.clear(units);
    let total = 0;
    for (let unit = 0; unit < units; unit++) {
      const node = nodeOf[unit]!;
      const rate = rateOf(input, unit);
      total += rate;
      if (node === FAST) this.#fast.add(unit, rate);
      else if (node !== NO_NODE && heat.rate[unit]! > 0) this.#slow.add(unit, rate);
    }
    this.#fast.sort();
    this.#slow.sort();
    this.#plan.begin(input, moves);
    const fastNs = nodes[FAST]!.accessNs;
    const slowNs = nodes[FAST + 1]!.accessNs;
    const toMove = this.#shift.shift(fastShare(input), fastNs, slowNs) * total;
    const saving = Math.abs(accessSaving(input)) * STAYS_HOT;
    if (fastNs < slowNs) this.#promote(toMove, nodes[FAST]!.headroomBytes, saving);
    else this.#demote(toMove, saving);
    this.#plan.end();
  }

  #promote(toMove: number, headroom: number, saving: number): void {
    let moved = 0;
    let next = 0;
    for (let i = 0; i < this.#slow.length && moved < toMove; i++) {
      const unit = this.#slow.highest(i);
      const rate = this.#slow.key(unit);
      const bytes = this.#plan.bytesOf(unit);
      while (this.#plan.fastFree < headroom + bytes) {
        if (next === this.#fast.length) return;
        const victim = this.#fast.lowest(next++);
        const lost = this.#fast.key(victim);
        if (lost * this.#contrast >= rate || !this.#plan.demote(victim, 1, 0)) return;
        moved -= lost;
      }
      if (!this.#plan.promote(unit, 1, rate * saving)) return;
      moved += rate;
    }
  }

  #demote(toMove: number, saving: number): void {
    let left = toMove;
    for (let i = 0; i < this.#fast.length; i++) {
      const unit = this.#fast.highest(i);
      const rate = this.#fast.key(unit);
      if (rate === 0) return;
      // A unit that is hotter than what should move would turn the loads round.
      if (rate > left) continue;
      if (!this.#plan.demote(unit, 1, rate * saving)) return;
      left -= rate;
    }
  }
}
