import { accessSaving, rateOf } from './access-saving.js';
import type { MoveSink } from './decided-moves.js';
import { MovePlan } from './move-plan.js';
import { FAST, NO_NODE, type Policy, type PolicyInput } from './policy.js';
import { UnitOrder } from './unit-order.js';

export interface FrequencyOptions {
  /** Buckets below the threshold in which units stay on the fast node while it has room. 0 to 16. @defaultValue 1 */
  readonly warmBuckets?: number;
}

/** Buckets of the histogram. Each has twice the rate of the one before. The first one is for units without accesses. */
const BUCKETS = 64;
/** log2 of the lowest rate of bucket 1, in accesses per second and page. */
const LOWEST_LOG2 = -16;
const PAGE_BYTES = 4096;
/** Seconds for which a hot unit is predicted to stay hot. The policy does not compare gain and cost. */
const STAYS_HOT = 10;

/**
 * A histogram of the rates, whose threshold is the size of the fast node, as MEMTIS (SOSP 2023) and HeMem (SOSP 2021): the
 * hottest buckets that fit on the fast node are hot. Hot units are promoted, hottest first, and cold ones make room.
 */
export class FrequencyPolicy implements Policy {
  readonly name = 'frequency';
  readonly #warmBuckets: number;
  readonly #plan = new MovePlan();
  readonly #hot = new UnitOrder();
  readonly #cold = new UnitOrder();
  readonly #bytes = new Float64Array(BUCKETS);

  constructor({ warmBuckets = 1 }: FrequencyOptions = {}) {
    this.#warmBuckets = warmBuckets;
  }

  decide(input: PolicyInput, moves: MoveSink): void {
    const { heat, nodeOf, nodes } = input;
    const units = nodeOf.length;
    const plan = this.#plan;
    plan.begin(input, moves);
    this.#bytes.fill(0);
    for (let unit = 0; unit < units; unit++) {
      if (nodeOf[unit] !== NO_NODE) this.#bytes[bucketOf(input, unit)]! += plan.bytesOf(unit);
    }
    const headroom = nodes[FAST]!.headroomBytes;
    const threshold = this.#threshold(nodes[FAST]!.bytes - headroom);
    const warm = Math.max(1, threshold - this.#warmBuckets);
    this.#hot.clear(units);
    this.#cold.clear(units);
    for (let unit = 0; unit < units; unit++) {
      const node = nodeOf[unit]!;
      if (node === NO_NODE) continue;
      const bucket = bucketOf(input, unit);
      if (node !== FAST) {
        if (bucket >= threshold && heat.rate[unit]! > 0) this.#hot.add(unit, rateOf(input, unit));
      } else if (bucket < threshold) {
        // Warm units make room last.
        this.#cold.add(unit, bucket >= warm ? 1 + rateOf(input, unit) : rateOf(input, unit) / 1e12);
      }
    }
    this.#hot.sort();
    this.#cold.sort();
    const saving = Math.max(0, accessSaving(input)) * STAYS_HOT;
    let next = 0;
    const makeRoom = (bytes: number): boolean => {
      while (plan.fastFree < bytes) {
        if (next === this.#cold.length || !plan.demote(this.#cold.lowest(next++), 1, 0)) return false;
      }
      return true;
    };
    makeRoom(headroom);
    for (let i = 0; i < this.#hot.length; i++) {
      const unit = this.#hot.highest(i);
      if (!makeRoom(headroom + plan.bytesOf(unit))) break;
      if (!plan.promote(unit, 1, saving * rateOf(input, unit))) break;
    }
    plan.end();
  }

  /** The lowest bucket that is hot. A bucket that fits only in part is not. */
  #threshold(capacity: number): number {
    let bucket = BUCKETS;
    let bytes = 0;
    while (bucket > 1 && bytes + this.#bytes[bucket - 1]! <= capacity) bytes += this.#bytes[--bucket]!;
    return bucket;
  }
}

function bucketOf(input: PolicyInput, unit: number): number {
  const rate = (rateOf(input, unit) * PAGE_BYTES) / input.heat.unitBytes;
  if (rate === 0) return 0;
  return Math.min(Math.max(Math.floor(Math.log2(rate)) - LOWEST_LOG2, 1), BUCKETS - 1);
}
