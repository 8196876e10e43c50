import type { HeatSnapshot } from '../heat/heat-snapshot.js';
import type { MoveSink } from './decided-moves.js';

/**
 * The node of a unit that is not to be moved: it is absent, pinned, or on no node of the list.
 * @see {@link Policy} for an example
 */
export const NO_NODE = 255;

/**
 * The fast node: the first of the list.
 * @see {@link Policy} for an example
 */
export const FAST = 0;

/**
 * A node, as a policy sees it.
 * @see {@link Policy} for an example
 */
export interface PolicyNode {
  /** Bytes that the program may use there. */
  readonly bytes: number;
  /** Bytes of it that are free. */
  readonly freeBytes: number;
  /** Bytes that should stay free, for new memory. */
  readonly headroomBytes: number;
  /** Measured time of an access, under the present load. Nanoseconds. */
  readonly accessNs: number;
}

/**
 * The knowledge from which a policy decides. A policy does not change it, and keeps none of its arrays.
 * @see {@link Policy} for an example
 */
export interface PolicyInput {
  /** The heat of each unit. `heat.atMs` is the only clock that a policy has. */
  readonly heat: HeatSnapshot;
  /** The rates are decayed means, in which an observation has half its weight after this time. Milliseconds. */
  readonly halfLifeMs: number;
  /** The node of each unit: an index into `nodes`, or `NO_NODE`. */
  readonly nodeOf: Uint8Array;
  /** Two nodes or more. The first one is the fastest without load. */
  readonly nodes: readonly PolicyNode[];
  /** Time that the program's threads lose for each byte that moves, as waits and as CPU. Measured, in nanoseconds. */
  readonly moveNsPerByte: number;
  /** Accesses that a thread of the program has in flight at once, on average. 1 if it is unknown. */
  readonly overlap: number;
  /** Milliseconds until the policy is called again. */
  readonly epochMs: number;
  /** Bytes that can be moved until then. */
  readonly maxBytes: number;
}

/**
 * A policy decides which units move to which node. It knows no machine, no thread and no time: the same input gives the same
 * list. One thread calls it, once an epoch. Its duties hold for the list as a whole, and in the order of the list:
 *
 * A unit is moved at most once, from the node where it is to another one of `nodes`. A unit of `NO_NODE` is not moved.
 *
 * The reason is `demotion` for a move away from the fast node, and `numa_misplaced` for a move to it. A unit whose rate is
 * unknown is not promoted.
 *
 * No node is ever more than full, and all moves together have at most `maxBytes`. Gain and cost are finite and not negative.
 *
 * It allocates nothing per unit, except when the number of units changes.
 *
 * A decided move may fail, or be left out. The next input shows where each unit is. `ListCheck` checks the list, and
 * `policyChecks` is this contract in code.
 * @example
 * ```ts
 * // A module for `pageferry sim tiering --policy ./my-policy.mjs`.
 * import { bytesOfUnit, FAST, NO_NODE, type Policy } from 'pageferry/policy';
 *
 * export default function createPolicy(): Policy {
 *   return {
 *     name: 'promote only',
 *     decide({ heat, nodeOf, nodes, maxBytes, moveNsPerByte }, moves) {
 *       let left = Math.min(maxBytes, nodes[FAST]!.freeBytes - nodes[FAST]!.headroomBytes);
 *       for (let unit = 0; unit < nodeOf.length; unit++) {
 *         if (nodeOf[unit] === FAST || nodeOf[unit] === NO_NODE || !(heat.rate[unit]! > 0)) continue;
 *         const bytes = bytesOfUnit(heat, unit);
 *         if (bytes > left) break;
 *         left -= bytes;
 *         moves.push(unit, FAST, 'numa_misplaced', 1, 0, bytes * moveNsPerByte);
 *       }
 *     },
 *   };
 * }
 * ```
 */
export interface Policy {
  /** One line of 1 to 64 characters. */
  readonly name: string;
  /** Appends its moves to `moves`, which the caller has cleared. */
  decide(input: PolicyInput, moves: MoveSink): void;
}

/**
 * Exports of the module of a program's own policy.
 * @see {@link Policy} for an example
 */
export interface OwnPolicyModule {
  /**
   * Makes the policy, once for each run.
   * @param options - a structured clone of the options that were given with the module
   */
  readonly default: (options: unknown) => Policy | Promise<Policy>;
}
