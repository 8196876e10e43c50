import type { MigrateReason } from '../mm/reason.js';

/**
 * Takes the moves of a policy.
 * @see {@link Policy} for an example
 */
export interface MoveSink {
  /**
   * Appends a move, to be executed after those before it.
   * @param unit The unit to move.
   * @param target The node to which it moves: an index into the nodes of the input.
   * @param reason `numa_misplaced` for a move to the fast node, `demotion` for a move away from it.
   * @param priority From 0 on. A caller that cannot execute all moves leaves those with the lowest priority out. A demotion
   * has the priority of the promotion that it makes room for.
   * @param gainNs Time that the program is predicted to gain, in nanoseconds.
   * @param costNs Time that the program is predicted to lose for the move, in nanoseconds.
   */
  push(
    unit: number,
    target: number,
    reason: MigrateReason,
    priority: number,
    gainNs: number,
    costNs: number,
  ): void;
}

/** The moves of one decision, in the order in which they are to be executed. */
export interface DecidedMoves {
  readonly length: number;
  unit(i: number): number;
  target(i: number): number;
  reason(i: number): MigrateReason;
  priority(i: number): number;
  gainNs(i: number): number;
  costNs(i: number): number;
}
