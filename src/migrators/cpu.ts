import type { CopyPort } from '../mm/ports/machine.js';
import type { CopyList, Migrator } from '../offload/migrator.js';
import { runEnd, runPages } from './share.js';

/**
 * `cpu`: the RFC's folios_mc_copy. It walks both lists in step and copies on the calling thread; folios that
 * are neighbours on both sides are copied as one run, so a batch of base pages costs few calls.
 *
 * A run that fails is tried folio by folio, so that one unreadable source costs only itself.
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
