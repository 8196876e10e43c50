import { accessSaving, fastShare, rateOf } from './access-saving.js';
import type { MoveSink } from './decided-moves.js';
import { LoadShift } from './load-shift.js';
import { MovePlan } from './move-plan.js';
import { Persistence } from './persistence.js';
import { FAST, NO_NODE, type Policy, type PolicyInput } from './policy.js';
import { ScanAhead } from './scan-ahead.js';
import { UnitOrder } from './unit-order.js';

/** The long-term mean of a rate has this many times the half-life of the rate itself. */
const LONG = 4;

/** A rate that is above its long-term mean by this factor has risen: within the last long half-life, if it was 0 before. */
const RISEN = 2;

/** A unit that is moved back within this time would be a ping-pong. Milliseconds. */
const PING_PONG_MS = 1000;

/**
 * Has no thresholds: it moves a unit only if the predicted gain exceeds the measured cost, as ARMS (arXiv 2508.04417). The
 * gain is the difference of the rates of the two units that are exchanged, times the time that an access saves under the
 * present load, times the time for which such differences have lasted so far (`Persistence`). So it stops where moves do
 * not pay: where heat changes faster than a move pays off, where differences are noise, and where the fast node is loaded
 * so much that it is not faster.
 */
export class AutoPolicy implements Policy {
  readonly name = 'auto';
  readonly #plan = new MovePlan();
  readonly #shift = new LoadShift();
  readonly #persistence = new Persistence();
  readonly #scan = new ScanAhead();
  readonly #fast = new UnitOrder();
  readonly #slow = new UnitOrder();
  /** The moment from which each unit may be moved again: when its last move has paid. */
  #settledAt = new Float64Array(0);
  #epochs = 0;
  /** 1: the unit's rate is far above its long-term mean. */
  #risen = new Uint8Array(0);
  /** The long-term mean of each unit's share of the accesses. */
  #long = new Float32Array(0);

  decide(input: PolicyInput, moves: MoveSink): void {
    const { heat, nodeOf, nodes } = input;
    const units = nodeOf.length;
    if (this.#settledAt.length !== units) {
      const before = this.#settledAt;
      this.#settledAt = new Float64Array(units);
      this.#settledAt.set(before.subarray(0, units));
      const long = this.#long;
      this.#long = new Float32Array(units);
      this.#long.set(long.subarray(0, units));
      this.#risen = new Uint8Array(units);
      this.#persistence.forgetPairs();
    }
    const sum = this.#sort(input);
    this.#plan.begin(input, moves);
    this.#persistence.look(heat.rate, sum);
    const fastNs = nodes[FAST]!.accessNs;
    const slowNs = nodes[FAST + 1]!.accessNs;
    const toMove = this.#shift.shift(fastShare(input), fastNs, slowNs) * sum;
    const scanned = this.#scan.look(input);
    if (scanned) {
      this.#scan.plan(input, this.#plan);
    } else if (fastNs < slowNs) {
      const room = Math.max(0, nodes[FAST]!.freeBytes - nodes[FAST]!.headroomBytes);
      this.#persistence.take(this.#slow, this.#fast, Math.floor(room / heat.unitBytes), sum, this.#risen);
      this.#exchange(input, sum, toMove);
    } else {
      this.#persistence.take(this.#fast, this.#slow, this.#fast.length, sum, this.#risen);
      this.#relieve(input, sum, toMove);
    }
    this.#plan.end();
  }

  /** Sorts the units that may be moved. Returns the sum of all rates. */
  #sort(input: PolicyInput): number {
    const { heat, nodeOf } = input;
    const units = nodeOf.length;
    this.#fast.clear(units);
    this.#slow.clear(units);
    // At first it is the mean of all epochs.
    const kept = Math.min(0.5 ** (input.epochMs / (LONG * input.halfLifeMs)), 1 - 1 / ++this.#epochs);
    let sum = 0;
    for (let unit = 0; unit < units; unit++) sum += rateOf(input, unit);
    if (sum === 0) return 0;
    for (let unit = 0; unit < units; unit++) {
      const node = nodeOf[unit]!;
      const rate = rateOf(input, unit);
      const share = rate / sum;
      const long = share + kept * (this.#long[unit]! - share);
      this.#long[unit] = long;
      this.#risen[unit] = share > RISEN * long ? 1 : 0;
      if (node === NO_NODE || this.#settledAt[unit]! > heat.atMs) continue;
      if (node === FAST) this.#fast.add(unit, Math.max(rate, long * sum));
      else if (rate > 0) this.#slow.add(unit, rate);
    }
    this.#fast.sort();
    this.#slow.sort();
    return sum;
  }

  #lastsMs({ halfLifeMs, epochMs }: PolicyInput, unit: number, difference: number): number {
    const memory = halfLifeMs / Math.LN2 / epochMs;
    return this.#persistence.epochs(difference, memory, this.#risen[unit] === 1) * epochMs;
  }

  /** Promotes hot units, each into free memory or in exchange for a cold one. */
  #exchange(input: PolicyInput, sum: number, toMove: number): void {
    const { nodes, heat, moveNsPerByte } = input;
    const plan = this.#plan;
    const saving = accessSaving(input);
    const headroom = Math.min(nodes[FAST]!.headroomBytes, nodes[FAST]!.freeBytes);
    let moved = 0;
    let next = 0;
    for (let i = 0; i < this.#slow.length && moved < toMove; i++) {
      const unit = this.#slow.highest(i);
      const bytes = plan.bytesOf(unit);
      const needsRoom = plan.fastFree < headroom + bytes;
      if (needsRoom && next === this.#fast.length) break;
      const victim = needsRoom ? this.#fast.lowest(next) : -1;
      const difference = this.#slow.key(unit) - (victim < 0 ? 0 : this.#fast.key(victim));
      if (!(difference > 0)) break;
      const exchanged = bytes + (victim < 0 ? 0 : plan.bytesOf(victim));
      if (exchanged > plan.leftBytes) break;
      const lastsMs = this.#lastsMs(input, unit, difference / sum);
      const gain = (difference * saving * lastsMs) / 1000;
      // A unit that is hotter in the long term than the one that takes its place will return, by another exchange.
      const ways = victim >= 0 && this.#long[victim]! > this.#long[unit]! ? 2 : 1;
      const cost = ways * exchanged * moveNsPerByte;
      if (!(gain > cost)) continue;
      const priority = gain / Math.max(cost, 1);
      const settled = heat.atMs + Math.max(PING_PONG_MS, (cost / gain) * lastsMs);
      if (victim >= 0) {
        if (!plan.demote(victim, priority, 0)) break;
        next++;
        this.#settledAt[victim] = settled;
      }
      // The last unit of a region may be smaller than the others, and not make enough room.
      if (!plan.promote(unit, priority, gain)) continue;
      this.#settledAt[unit] = settled;
      moved += difference;
    }
  }

  /** Demotes hot units from a fast node that is loaded so much that the other one is faster. */
  #relieve(input: PolicyInput, sum: number, toMove: number): void {
    const { heat, moveNsPerByte } = input;
    const plan = this.#plan;
    const saving = -accessSaving(input);
    let left = toMove;
    for (let i = 0; i < this.#fast.length; i++) {
      const unit = this.#fast.highest(i);
      const rate = this.#fast.key(unit);
      if (rate === 0) return;
      if (rate > left) continue;
      const lastsMs = this.#lastsMs(input, unit, rate / sum);
      const gain = (rate * saving * lastsMs) / 1000;
      const cost = plan.bytesOf(unit) * moveNsPerByte;
      if (!(gain > cost)) continue;
      if (!plan.demote(unit, gain / Math.max(cost, 1), gain)) return;
      this.#settledAt[unit] = heat.atMs + Math.max(PING_PONG_MS, (cost / gain) * lastsMs);
      left -= rate;
    }
  }
}
