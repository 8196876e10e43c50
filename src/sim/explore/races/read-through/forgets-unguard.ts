import { WrappedMachine } from '../../../machine/wrapped-machine.js';

/** What did not move stays protected. */
export class ForgetsUnguard extends WrappedMachine {
  override unguard(): void {
    // Nobody will miss it.
  }
}
