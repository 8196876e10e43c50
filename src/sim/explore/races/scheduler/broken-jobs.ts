import { MigrateJob } from '../../../../engine/migrate-job.js';

/** When its caller stops it, it leaves without unregistering. */
export class StaysRegistered extends MigrateJob {
  protected override unregister(): void {
    if (!this.aborted) super.unregister();
  }
}

/** When its caller stops it, merging stays stopped. */
export class ForgetsMerging extends MigrateJob {
  protected override resumeMerging(): void {
    if (!this.aborted) super.resumeMerging();
  }
}
