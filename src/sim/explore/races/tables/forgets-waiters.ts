import { TableMoves } from '../../../machine/table-moves.js';

/** A table arrives, and nobody tells the threads that wait for its pages. */
export class ForgetsWaiters extends TableMoves {
  protected override wake(): void {
    // They go on sleeping.
  }
}
