import type { MigrationEnd } from '../../../engine/migrate-result.js';
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

/** Records a migration that has ended as one that has moved its unit. */
export class CountsFailures extends SimAutopilot {
  protected override hasMoved({ aborted }: MigrationEnd): boolean {
    return !aborted;
  }
}
