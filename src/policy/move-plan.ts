import { bytesOfUnit } from '../heat/heat-snapshot.js';
import type { MoveSink } from './decided-moves.js';
import { FAST, type PolicyInput } from './policy.js';

/**
 * Collects the moves of one decision, within the room of the nodes and the bytes of the epoch. Promotions come after all
 * demotions in the list, so that there is room for them.
 */
export class MovePlan {
  readonly #free: number[] = [];
  #promoted = new Int32Array(0);
  #gains = new Float64Array(0);
  #priorities = new Float64Array(0);
  #promotions = 0;
  #left = 0;
  #input!: PolicyInput;
  #moves!: MoveSink;

  begin(input: PolicyInput, moves: MoveSink): void {
    const units = input.nodeOf.length;
    if (this.#promoted.length < units) {
      this.#promoted = new Int32Array(units);
      this.#gains = new Float64Array(units);
      this.#priorities = new Float64Array(units);
    }
    this.#input = input;
    this.#moves = moves;
    this.#promotions = 0;
    this.#left = input.maxBytes;
    this.#free.length = 0;
    for (const { freeBytes } of input.nodes) this.#free.push(freeBytes);
  }

  /** Bytes that may still be moved. */
  get leftBytes(): number {
    return this.#left;
  }

  /** Free bytes of the fast node, after the moves so far. */
  get fastFree(): number {
    return this.#free[FAST]!;
  }

  bytesOf(unit: number): number {
    return bytesOfUnit(this.#input.heat, unit);
  }

  /** Adds a demotion, to the first slower node that has room. False if there is no room, or no byte left. */
  demote(unit: number, priority: number, gainNs: number): boolean {
    const bytes = this.bytesOf(unit);
    if (bytes > this.#left) return false;
    const free = this.#free;
    for (let node = FAST + 1; node < free.length; node++) {
      if (free[node]! < bytes) continue;
      free[node]! -= bytes;
      free[FAST]! += bytes;
      this.#left -= bytes;
      this.#moves.push(unit, node, 'demotion', priority, gainNs, bytes * this.#input.moveNsPerByte);
      return true;
    }
    return false;
  }

  /** Adds a promotion. False if there is no room, or no byte left. */
  promote(unit: number, priority: number, gainNs: number): boolean {
    const bytes = this.bytesOf(unit);
    if (bytes > this.#left || bytes > this.#free[FAST]!) return false;
    this.#free[FAST]! -= bytes;
    this.#left -= bytes;
    const i = this.#promotions++;
    this.#promoted[i] = unit;
    this.#gains[i] = gainNs;
    this.#priorities[i] = priority;
    return true;
  }

  /** Writes the promotions to the list. */
  end(): void {
    const { moveNsPerByte } = this.#input;
    for (let i = 0; i < this.#promotions; i++) {
      const unit = this.#promoted[i]!;
      const cost = this.bytesOf(unit) * moveNsPerByte;
      this.#moves.push(unit, FAST, 'numa_misplaced', this.#priorities[i]!, this.#gains[i]!, cost);
    }
  }
}
