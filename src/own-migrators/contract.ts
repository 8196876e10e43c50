import type { CopyPort } from '../mm/ports/machine.js';
import type { CopyList } from '../offload/migrator.js';

/**
 * What a migrator of the user's own is to copy: a `CopyList` without what concerns only the engine. The arrays
 * are the batch's and are refilled for another one, so nothing of them may be kept beyond `offloadCopy`.
 */
export type OwnCopyList = Omit<CopyList, 'quarantined'>;

/** How a migrator of the user's own reaches memory: within the folios of its list, until the batch is over. */
export interface OwnCopyPort extends CopyPort {
  /**
   * Copies `pages` consecutive frames from `src` to `dst`. Returns 0 or a negative errno: -EHWPOISON or -EFAULT
   * when the source cannot be read, -EFAULT also for frames that are not the list's, -ESTALE when the batch
   * is over or the engine has given it up.
   */
  copyFrames(dst: number, src: number, pages: number): number;
  /**
   * The process's virtual address of one of the list's frames, for a device of the author's own; or a negative
   * errno as of `copyFrames`, -EOPNOTSUPP where frames have no address (`testMigrator`).
   *
   * Who uses it is trusted: nothing stands between the address and memory, and a device that writes there
   * after the batch is over, or after the thread has ended, destroys what is there by then.
   */
  dmaAddress(frame: number): number;
}

/**
 * A migrator of the user's own (docs/own-migrators.md). It runs in a thread of its own.
 *
 * `offloadCopy` returns as `Migrator.offloadCopy` does, or promises it: 0 when every folio is copied and marked in
 * `list.copied`, else a negative errno. Marks count only once it has returned so. When it is asynchronous,
 * several batches may be under way at once.
 */
export interface OwnMigrator {
  readonly name: string;
  offloadCopy(list: OwnCopyList, port: OwnCopyPort): number | Promise<number>;
  /** Called before its thread ends in peace. */
  close?(): void | Promise<void>;
}

/** What the module must export. */
export interface OwnMigratorModule {
  /** @param options a structured clone of what was given to `registerMigrator`. */
  createMigrator(options: unknown): OwnMigrator | Promise<OwnMigrator>;
}
