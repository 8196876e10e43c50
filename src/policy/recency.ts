import { accessSaving, rateOf } from './access-saving.js';
import type { MoveSink } from './decided-moves.js';
import { MovePlan } from './move-plan.js';
import { FAST, NO_NODE, type Policy, type PolicyInput } from './policy.js';
import { UnitOrder } from './unit-order.js';

export interface RecencyOptions {
  /** Accesses, in different epochs, after which a unit is promoted. 1 to 255. @defaultValue 2 */
  readonly accesses?: number;
  /** Epochs without an access after which a unit is no longer active. 1 to 1000. @defaultValue 4 */
  readonly idleEpochs?: number;
}

/**
 * Two lists with headroom, as TPP (ASPLOS 2023): a unit is promoted at its second access, while it is active. The fast node is
 * kept free up to its headroom by demotions of the units that were not accessed for the longest time, inactive ones first.
 */
export class RecencyPolicy implements Policy {
  readonly name = 'recency';
  readonly #accesses: number;
  readonly #idleEpochs: number;
  readonly #plan = new MovePlan();
  readonly #cold = new UnitOrder();
  /** Accesses of each unit since it became active, up to 255. */
  #seen = new Uint8Array(0);

  constructor({ accesses = 2, idleEpochs = 4 }: RecencyOptions = {}) {
    this.#accesses = accesses;
    this.#idleEpochs = idleEpochs;
  }

  decide(input: PolicyInput, moves: MoveSink): void {
    const { heat, nodeOf, nodes, epochMs } = input;
    const units = nodeOf.length;
    if (this.#seen.length !== units) this.#seen = resized(this.#seen, units);
    const seen = this.#seen;
    const idleMs = this.#idleEpochs * epochMs;
    this.#cold.clear(units);
    for (let unit = 0; unit < units; unit++) {
      // NaN: no access was ever seen.
      const age = heat.age[unit]!;
      if (age <= epochMs) seen[unit] = Math.min(255, seen[unit]! + 1);
      else if (!(age <= idleMs)) seen[unit] = 0;
      if (nodeOf[unit] !== FAST) continue;
      const active = seen[unit]! >= this.#accesses;
      const idle = Number.isNaN(age) ? Number.MAX_VALUE : age;
      this.#cold.add(unit, active ? idle / (idle + 1) : 1 + idle);
    }
    this.#cold.sort();
    const plan = this.#plan;
    plan.begin(input, moves);
    const saving = Math.max(0, accessSaving(input)) * (idleMs / 1000);
    this.#demote(nodes[FAST]!.headroomBytes);
    for (let unit = 0; unit < units; unit++) {
      const node = nodeOf[unit]!;
      if (node === FAST || node === NO_NODE || seen[unit]! < this.#accesses) continue;
      if (!(heat.rate[unit]! >= 0 && heat.age[unit]! <= epochMs)) continue;
      if (!plan.promote(unit, 1, saving * rateOf(input, unit))) break;
    }
    plan.end();
  }

  /** Demotes from the cold end until the headroom is free. */
  #demote(headroom: number): void {
    for (let i = 0; i < this.#cold.length && this.#plan.fastFree < headroom; i++) {
      if (!this.#plan.demote(this.#cold.highest(i), 2, 0)) return;
    }
  }
}

function resized(before: Uint8Array<ArrayBuffer>, units: number): Uint8Array<ArrayBuffer> {
  const after = new Uint8Array(units);
  after.set(before.subarray(0, units));
  return after;
}
