import { rateOf } from './access-saving.js';
import type { MovePlan } from './move-plan.js';
import { FAST, NO_NODE, type PolicyInput } from './policy.js';

/** Epochs in which a scan has moved on at the same pace, before it is predicted. */
const STEADY = 8;
/** A scan reads at most this part of the units in an epoch. */
const NARROW = 0.25;
/** Paces count as the same if they differ by less than this part. */
const SAME = 0.1;
/** See `#trust`. */
const FORGOTTEN = 0.98;
/** Part of the bytes of an epoch that it uses. A list that takes longer than the epoch would delay the next one. */
const PART = 0.9;

/**
 * Predicts a scan that reads all memory again and again: its heat moves on at a steady pace. The units that the scan reaches
 * after this epoch are promoted, and those that it reaches last make room. Both only while the gain exceeds the cost.
 */
export class ScanAhead {
  #front = -1;
  #pace = 0;
  #steady = 0;
  /** Loaded latencies of the nodes, each while it has most of the accesses. 0 if that was never so. */
  #fastNs = 0;
  #slowNs = 0;
  /** The cost of moves is measured only while memory moves. So it counts less with each epoch without moves. */
  #trust = 1;

  /** Looks at an epoch. True if a scan moves on at a steady pace. */
  look({ heat, nodeOf, nodes, epochMs }: PolicyInput): boolean {
    const units = nodeOf.length;
    // The scan is at the unit before the largest gap between the units that were accessed in this epoch.
    let first = -1;
    let last = -1;
    let front = -1;
    let gap = 0;
    let fast = 0;
    let seen = 0;
    for (let unit = 0; unit < units; unit++) {
      if (!(heat.age[unit]! < epochMs)) continue;
      seen++;
      if (nodeOf[unit] === FAST) fast++;
      if (first < 0) first = unit;
      else if (unit - last > gap) {
        gap = unit - last;
        front = last;
      }
      last = unit;
    }
    if (first < 0) return this.#lose();
    if (2 * fast > seen) this.#fastNs = nodes[FAST]!.accessNs;
    else this.#slowNs = nodes[FAST + 1]!.accessNs;
    if (first + units - last >= gap) {
      gap = first + units - last;
      front = last;
    }
    if (units - gap > NARROW * units) return this.#lose();
    const pace = this.#front < 0 ? 0 : (front - this.#front + units) % units;
    const same = pace > 0 && Math.abs(pace - this.#pace) <= Math.max(1, SAME * pace);
    this.#steady = same ? this.#steady + 1 : 0;
    this.#front = front;
    this.#pace = pace;
    return this.#steady >= STEADY;
  }

  #lose(): boolean {
    this.#front = -1;
    this.#steady = 0;
    return false;
  }

  /** Adds the moves of a steady scan to a plan. */
  plan(input: PolicyInput, plan: MovePlan): void {
    const { heat, nodeOf, nodes, epochMs, moveNsPerByte, maxBytes, overlap } = input;
    const units = nodeOf.length;
    const pace = this.#pace;
    let rates = 0;
    for (let unit = 0; unit < units; unit++) rates += rateOf(input, unit);
    // All accesses go to a unit while the scan reads it.
    const saving = ((this.#slowNs || nodes[FAST + 1]!.accessNs) - this.#fastNs) / Math.max(1, overlap);
    const gain = (rates * (epochMs / pace) * saving) / 1000;
    const headroom = Math.min(nodes[FAST]!.headroomBytes, nodes[FAST]!.freeBytes);
    const keep = (1 - PART) * maxBytes;
    let behind = 0;
    this.#trust *= FORGOTTEN;
    const trust = this.#trust;
    // The units of this epoch would be in flight when they are read.
    for (let step = pace + 1; step <= 2 * pace && step < units; step++) {
      const unit = (this.#front + step) % units;
      const node = nodeOf[unit]!;
      if (node === FAST || node === NO_NODE || !(heat.rate[unit]! >= 0)) continue;
      const bytes = plan.bytesOf(unit);
      if (!(gain > 2 * bytes * moveNsPerByte * trust) || plan.leftBytes - 2 * bytes < keep) return;
      while (plan.fastFree < headroom + bytes && behind < units - 2 * pace) {
        const victim = (this.#front - behind++ + units) % units;
        if (nodeOf[victim] === FAST && !plan.demote(victim, 1, 0)) return;
      }
      if (plan.fastFree < headroom + bytes || !plan.promote(unit, 1, gain)) return;
      this.#trust = 1;
    }
  }
}
