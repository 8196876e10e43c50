import { WrappedMachine } from '../../../machine/wrapped-machine.js';

/** Does not ask whether what was protected still is. */
export class LeavesVerificationOut extends WrappedMachine {
  override verifyProtection(): void {
    // It is taken for granted.
  }
}
