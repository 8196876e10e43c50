import { ERRNO } from 'pageferry/migrator';

/**
 * Sorts a batch by source frame, joins what then lies side by side on both sides into runs, and copies the longest
 * run first. It pays where a batch lists neighbours out of order.
 *
 * @param {{ minFolios?: number }} [options] batches of fewer folios are declined: the engine copies them itself.
 * @returns {import('pageferry/migrator').OwnMigrator}
 */
export function createMigrator({ minFolios = 1 } = {}) {
  if (!Number.isInteger(minFolios) || minFolios < 1) {
    throw new TypeError(`minFolios must be a whole number from 1 on, not ${minFolios}`);
  }
  return {
    name: 'longest-first',
    offloadCopy(list, port) {
      if (list.length < minFolios) return -ERRNO.EOPNOTSUPP;
      let failure = 0;
      for (const run of runs(list)) failure = copyRun(list, port, run) || failure;
      return failure;
    },
  };
}

/** Runs of folios that are neighbours on both sides, the longest first. The list's arrays are left as they are. */
function runs({ length, src, dst, order }) {
  const sorted = Uint32Array.from({ length }, (_, i) => i).sort((a, b) => src[a] - src[b]);
  const all = [];
  for (const i of sorted) {
    const last = all.at(-1);
    const pages = 2 ** order[i];
    if (last !== undefined && src[i] === last.src + last.pages && dst[i] === last.dst + last.pages) {
      last.pages += pages;
      last.folios.push(i);
    } else {
      all.push({ src: src[i], dst: dst[i], pages, folios: [i] });
    }
  }
  return all.sort((a, b) => b.pages - a.pages);
}

/** Copies a run and marks its folios; when that fails, folio by folio, so that one bad page costs only its own. */
function copyRun({ src, dst, order, copied }, port, run) {
  if (port.copyFrames(run.dst, run.src, run.pages) === 0) {
    for (const i of run.folios) copied[i] = 1;
    return 0;
  }
  let failure = 0;
  for (const i of run.folios) {
    const error = port.copyFrames(dst[i], src[i], 2 ** order[i]);
    if (error === 0) copied[i] = 1;
    else failure = error;
  }
  return failure;
}
