import type { CopyPort } from '../mm/ports/machine.js';
import type { CopyList, Migrator } from '../offload/migrator.js';
import { runEnd, runPages } from './share.js';

/**
 * `cpu`: the RFC's folios_mc_copy. It walks both lists in step, and copies on the calling thread. Folios that are
 * adjacent on both sides are copied as one run, so a batch of base pages takes few calls.
 *
 * A run that fails is copied folio by folio, so that an unreadable source affects only its own folio.
 */
export class CpuMigrator implements Migrator {
  readonly name = 'cpu';

  offloadCopy(list: CopyList, port: CopyPort): number {
    const { length, src, dst, order, copied } = list;
    let failure = 0;
    let first = 0;
    while (first < length) {
      const end = runEnd(list, first);
      const pages = runPages(list, first, end);
      const result = port.copyFrames(dst[first]!, src[first]!, pages);
      if (result === 0) {
        copied.fill(1, first, end);
      } else if (end - first === 1) {
        failure = result;
      } else {
        for (let i = first; i < end; i++) {
          const error = port.copyFrames(dst[i]!, src[i]!, 1 << order[i]!);
          if (error === 0) copied[i] = 1;
          else failure = error;
        }
      }
      first = end;
    }
    return failure;
  }
}
