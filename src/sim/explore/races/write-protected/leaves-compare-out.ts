import { WrappedMachine } from '../../../machine/wrapped-machine.js';

/** Takes every copy for what its source is. */
export class LeavesCompareOut extends WrappedMachine {
  override sameFrames(): boolean {
    return true;
  }
}
