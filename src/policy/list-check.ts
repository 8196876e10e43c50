import { bytesOfUnit } from '../heat/heat-snapshot.js';
import type { DecidedMoves } from './decided-moves.js';
import { FAST, NO_NODE, type PolicyInput } from './policy.js';

/** Checks lists of moves against the duties of a policy (policy.ts). It allocates only when the number of units grows. */
export class ListCheck {
  #moved = new Uint8Array(0);
  readonly #free: number[] = [];

  /** The first duty that the list breaks, as a sentence that names the move. Undefined for a valid list. */
  fault(input: PolicyInput, moves: DecidedMoves): string | undefined {
    const { heat, nodeOf, nodes } = input;
    const units = nodeOf.length;
    if (this.#moved.length < units) this.#moved = new Uint8Array(units);
    const moved = this.#moved.fill(0);
    this.#free.length = 0;
    for (const { freeBytes } of nodes) this.#free.push(freeBytes);
    let left = input.maxBytes;
    for (let i = 0; i < moves.length; i++) {
      const unit = moves.unit(i);
      if (!Number.isInteger(unit) || unit < 0 || unit >= units) {
        return `move ${i}: unknown unit ${unit} (there are ${units})`;
      }
      const target = moves.target(i);
      if (!Number.isInteger(target) || target < 0 || target >= nodes.length) {
        return `move ${i}: unknown node ${target} (there are ${nodes.length})`;
      }
      const from = nodeOf[unit]!;
      if (from === NO_NODE) return `move ${i}: unit ${unit} must not be moved (its node is NO_NODE)`;
      if (from === target) return `move ${i}: unit ${unit} is on node ${target} already`;
      if (moved[unit] !== 0) return `move ${i}: unit ${unit} is in the list twice`;
      moved[unit] = 1;
      const reason = target === FAST ? 'numa_misplaced' : 'demotion';
      if (moves.reason(i) !== reason) {
        return `move ${i}: the reason of a move to node ${target} must be '${reason}', not ${moves.reason(i)}`;
      }
      if (target === FAST && !(heat.rate[unit]! >= 0)) {
        return `move ${i}: unit ${unit} must not be promoted, because its rate is unknown`;
      }
      for (const name of FIGURES) {
        const figure = moves[name](i);
        if (!(figure >= 0 && figure < Number.POSITIVE_INFINITY)) {
          return `move ${i}: ${name} must be a number from 0 on, not ${figure}`;
        }
      }
      const bytes = bytesOfUnit(heat, unit);
      left -= bytes;
      if (left < 0) return `move ${i}: the list has more than the ${input.maxBytes} bytes of maxBytes`;
      this.#free[from]! += bytes;
      this.#free[target]! -= bytes;
      if (this.#free[target]! < 0) return `move ${i}: node ${target} has no room for unit ${unit}`;
    }
    return undefined;
  }
}

const FIGURES = ['priority', 'gainNs', 'costNs'] as const;
