import type { CopyPort } from '../mm/ports/machine.js';
import type { CopyList } from '../offload/migrator.js';

/**
 * The list of a migrator of the user's own: a {@link CopyList} without the fields that concern only the
 * engine. The arrays are refilled for another batch, so nothing of them may be kept beyond `offloadCopy`.
 *
 * @see {@link OwnMigrator} for an example
 */
export type OwnCopyList = Omit<CopyList, 'quarantined'>;

/**
 * How a migrator of the user's own reaches memory: within the folios of its list, until the batch is over.
 *
 * @see {@link OwnMigrator} for an example
 */
export interface OwnCopyPort extends CopyPort {
  /**
   * Copies `pages` consecutive frames from `src` to `dst`. Returns 0 or a negative errno: -EHWPOISON or -EFAULT
   * when the source cannot be read, -EFAULT also for frames that are not the list's, -ESTALE when the batch
   * is over or the engine has given it up.
   */
  copyFrames(dst: number, src: number, pages: number): number;
  /**
   * The process's virtual address of one of the list's frames, for a device of the author's own. Or a
   * negative errno as of `copyFrames`; -EOPNOTSUPP where frames have no address (`testMigrator`).
   *
   * pageferry cannot protect against misuse of it. A device that writes there after the batch is over, or
   * after the thread has ended, destroys the content of that time.
   */
  dmaAddress(frame: number): number;
}

/**
 * A migrator of the user's own (docs/own-migrators.md). It runs in a thread of its own.
 *
 * `offloadCopy` returns as {@link Migrator.offloadCopy} does, or promises it: 0 when every folio is copied
 * and marked in `list.copied`, else a negative errno. Marks count only once it has returned so. An
 * asynchronous one may get several batches at once.
 *
 * @example
 * ```ts
 * // The module that `registerMigrator({ module })` loads.
 * import { ERRNO, type OwnMigrator } from 'pageferry/migrator';
 *
 * export function createMigrator(): OwnMigrator {
 *   return {
 *     name: 'mine',
 *     offloadCopy({ length, src, dst, order, copied }, port) {
 *       if (length < 2) return -ERRNO.EOPNOTSUPP; // declines
 *       let failure = 0;
 *       for (let i = 0; i < length; i++) {
 *         const error = port.copyFrames(dst[i]!, src[i]!, 2 ** order[i]!);
 *         if (error === 0) copied[i] = 1;
 *         else failure = error;
 *       }
 *       return failure;
 *     },
 *   };
 * }
 * ```
 */
export interface OwnMigrator {
  /** Its name: one line of at most 64 characters. */
  readonly name: string;
  /**
   * Copies a batch, and marks the folios that it has copied.
   *
   * @returns 0, or a negative errno: see above
   */
  offloadCopy(list: OwnCopyList, port: OwnCopyPort): number | Promise<number>;
  /** Called before its thread ends in the regular way. */
  close?(): void | Promise<void>;
}

/**
 * The exports of the module.
 *
 * @see {@link OwnMigrator} for an example
 */
export interface OwnMigratorModule {
  /**
   * Makes the migrator, once for each registration.
   *
   * @param options - a structured clone of the `options` of `registerMigrator`
   */
  createMigrator(options: unknown): OwnMigrator | Promise<OwnMigrator>;
}
