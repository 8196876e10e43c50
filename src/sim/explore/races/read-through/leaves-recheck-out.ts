import { WrappedMachine } from '../../../machine/wrapped-machine.js';

/** Does not ask whether what was protected still is. */
export class LeavesRecheckOut extends WrappedMachine {
  override recheck(): void {
    // It is taken for granted.
  }
}
