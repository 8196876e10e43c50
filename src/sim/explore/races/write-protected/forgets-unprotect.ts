import { WrappedMachine } from '../../../machine/wrapped-machine.js';

/** What did not move stays protected. */
export class ForgetsUnprotect extends WrappedMachine {
  override unprotect(): void {
    // Nobody will miss it.
  }
}
