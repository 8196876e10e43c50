import type { CopyPort } from '../mm/ports/machine.js';
import type { CopyList } from '../offload/migrator.js';

/**
 * The list of a program's own migrator: a {@link CopyList} without the fields that only the engine uses. Its arrays are
 * reused for other batches, so `offloadCopy` must not keep them.
 *
 * @see {@link OwnMigrator} for an example
 */
export type OwnCopyList = Omit<CopyList, 'quarantined'>;

/**
 * Gives a program's own migrator access to the folios of its list, until the batch is over.
 *
 * @see {@link OwnMigrator} for an example
 */
export interface OwnCopyPort extends CopyPort {
  /**
   * Copies `pages` consecutive frames from `src` to `dst`. Returns 0 or a negative errno: -EHWPOISON or -EFAULT if the
   * source cannot be read, -EFAULT for frames outside of the list, -ESTALE if the batch is over or was given up.
   */
  copyFrames(dst: number, src: number, pages: number): number;
  /**
   * The virtual address of one of the list's frames, for a device of your own. Or a negative errno as from
   * `copyFrames`. `testMigrator` has no addresses, and returns -EOPNOTSUPP.
   *
   * pageferry cannot protect against misuse of it. A device that writes there after the batch is over, or after the
   * thread has ended, corrupts memory.
   */
  dmaAddress(frame: number): number;
}

/**
 * A migrator that the program itself provides (docs/own-migrators.md). It runs in its own thread.
 *
 * `offloadCopy` returns 0 when every folio is copied and marked in `list.copied`, else a negative errno, as
 * {@link Migrator.offloadCopy} does. It may return a promise of that. Then it may get several batches at once. Marks
 * count only once it has returned, or its promise has resolved.
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
  /** One line of 1 to 64 characters. */
  readonly name: string;
  /**
   * Copies a batch, and marks the folios that it has copied.
   *
   * @returns 0, or a negative errno: see above
   */
  offloadCopy(list: OwnCopyList, port: OwnCopyPort): number | Promise<number>;
  /** Called before its thread ends, unless the thread fails or is terminated. */
  close?(): void | Promise<void>;
}

/**
 * Exports of the module.
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
