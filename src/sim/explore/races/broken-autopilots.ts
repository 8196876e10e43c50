import { SimAutopilot } from '../sim-autopilot.js';

/** Keeps the records of memory that was replaced. */
export class KeepsRecords extends SimAutopilot {
  protected override memoryChanged(): boolean {
    return false;
  }
}

/** Executes every list. */
export class ChecksNothing extends SimAutopilot {
  protected override accepts(): boolean {
    return true;
  }
}
