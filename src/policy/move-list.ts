import { MIGRATE_REASONS, type MigrateReason } from '../mm/reason.js';
import type { DecidedMoves, MoveSink } from './decided-moves.js';

/** The moves that a policy has decided, as a struct of arrays, in the order in which they are to be executed. */
export class MoveList implements MoveSink, DecidedMoves {
  #length = 0;
  #units = new Int32Array(0);
  #targets = new Uint8Array(0);
  #reasons = new Uint8Array(0);
  #priorities = new Float64Array(0);
  #gains = new Float64Array(0);
  #costs = new Float64Array(0);

  get length(): number {
    return this.#length;
  }

  /** Removes all moves. There is room for one move of each unit, and no push allocates. */
  clear(units: number): void {
    this.#length = 0;
    if (this.#units.length >= units) return;
    this.#units = new Int32Array(units);
    this.#targets = new Uint8Array(units);
    this.#reasons = new Uint8Array(units);
    this.#priorities = new Float64Array(units);
    this.#gains = new Float64Array(units);
    this.#costs = new Float64Array(units);
  }

  push(
    unit: number,
    target: number,
    reason: MigrateReason,
    priority: number,
    gainNs: number,
    costNs: number,
  ): void {
    const i = this.#length;
    if (i === this.#units.length) throw new RangeError('the list has no room: clear it for more units');
    this.#length = i + 1;
    this.#units[i] = unit;
    this.#targets[i] = target;
    this.#reasons[i] = MIGRATE_REASONS.indexOf(reason);
    this.#priorities[i] = priority;
    this.#gains[i] = gainNs;
    this.#costs[i] = costNs;
  }

  unit(i: number): number {
    return this.#units[i]!;
  }

  target(i: number): number {
    return this.#targets[i]!;
  }

  reason(i: number): MigrateReason {
    return MIGRATE_REASONS[this.#reasons[i]!]!;
  }

  priority(i: number): number {
    return this.#priorities[i]!;
  }

  gainNs(i: number): number {
    return this.#gains[i]!;
  }

  costNs(i: number): number {
    return this.#costs[i]!;
  }
}
