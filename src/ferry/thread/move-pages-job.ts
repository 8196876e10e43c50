import { ERRNO } from '../../common/errno.js';
import { FolioList } from '../../mm/pipeline/folio-list.js';
import {
  type LiveMachine,
  PRESENCE_EXCLUSIVE,
  PRESENCE_OCCUPIED,
  PRESENCE_PRESENT,
  type RegionPages,
} from '../../mm/ports/live-machine.js';
import { type CutSkips, cutFolios } from './folio-cutter.js';
import { MigrateJob, type MigrateJobOptions, pageAt } from './migrate-job.js';
import type { MovePagesMessage } from './protocol.js';

/** Exactly the pages asked for, all of them. */
const WHOLE = { limit: Number.POSITIVE_INFINITY, moveGaps: false };

/**
 * move_pages(2) for one region: a status for each page, the index of the node that it is on, or a negative
 * errno: -EFAULT (not of this region), -ENOENT (not present), -EBUSY (pinned, or busy for all the tries),
 * -EACCES (another process maps it too, and `moveAll` was not set), -ENOMEM (the node is full).
 *
 * As in the kernel, runs of pages with the same node are moved together, in the order given, and a page
 * takes its whole folio with it.
 */
export function* movePages(
  machine: LiveMachine,
  space: number,
  message: MovePagesMessage,
  options: Omit<MigrateJobOptions, 'unshareMapped'>,
): Generator<void, Int32Array> {
  const region = machine.space(space);
  const { pages, nodes, moveAll } = message;
  const status = new Int32Array(pages.length);
  if (nodes === null) {
    for (let i = 0; i < pages.length; i++) status[i] = whereIs(machine, space, region, pages[i]!);
    return status;
  }

  const failed = new Map<number, number>();
  const onAbsent = (page: number) => void failed.set(page, ERRNO.ENOENT);
  let from = 0;
  while (from < pages.length) {
    let to = from + 1;
    while (to < pages.length && nodes[to] === nodes[from]) to++;
    const run = pages.subarray(from, to);
    for (const index of run) if (index >= 0) machine.locate(space, index, 1);
    const list = listFolios(machine, region, run, nodes[from]!, options.maxOrder, onAbsent);
    const job = new MigrateJob({ ...options, unshareMapped: moveAll, onAbsent });
    try {
      yield* job.folios(list, nodes[from]!);
    } finally {
      job.finish();
    }
    const { failures } = job;
    for (let i = 0; i < failures.page.length; i++) {
      for (let k = 0; k < failures.pages[i]!; k++) failed.set(failures.page[i]! + k, failures.errno[i]!);
    }
    if (job.stopped) break;
    from = to;
  }

  const bits = new Uint8Array(1);
  for (let i = 0; i < pages.length; i++) {
    const index = pages[i]!;
    if (index < 0) {
      status[i] = -ERRNO.EFAULT;
      continue;
    }
    const page = pageAt(region, index);
    const errno = failed.get(page);
    if (errno === undefined) {
      // A page that was never reached, as its node was full or the caller gave up, says where it is.
      status[i] = region.nodeAt(page);
    } else if (errno === ERRNO.EBUSY && !moveAll) {
      machine.presence(page, 1, bits);
      status[i] = isShared(bits[0]!) ? -ERRNO.EACCES : -ERRNO.EBUSY;
    } else {
      status[i] = -errno;
    }
  }
  return status;
}

function whereIs(machine: LiveMachine, space: number, region: RegionPages, index: number): number {
  if (index < 0) return -ERRNO.EFAULT;
  const page = pageAt(region, index);
  const bits = new Uint8Array(1);
  machine.presence(page, 1, bits);
  // As in the kernel: a page in swap, or a poisoned one, is not present.
  if ((bits[0]! & PRESENCE_PRESENT) === 0) return -ERRNO.ENOENT;
  machine.locate(space, index, 1);
  return region.nodeAt(page);
}

function isShared(bits: number): boolean {
  return (bits & PRESENCE_PRESENT) !== 0 && (bits & PRESENCE_EXCLUSIVE) === 0;
}

/** The folios that the pages at these indices lie in, each once, sorted by address so that neighbours meet. */
function listFolios(
  machine: LiveMachine,
  region: RegionPages,
  indices: Int32Array,
  target: number,
  maxOrder: number,
  onAbsent: (page: number) => void,
): FolioList {
  const list = new FolioList(indices.length);
  const sorted = indices.filter((index) => index >= 0).sort();
  const bits = new Uint8Array(1);
  const skips = { onTarget: 0, mixedNode: 0, huge: 0 };
  let done = -1;
  for (const index of sorted) {
    const page = pageAt(region, index);
    if (region.nodeAt(page) === target) {
      // It will not be touched, so nobody else would notice that it is not there.
      machine.presence(page, 1, bits);
      if ((bits[0]! & PRESENCE_OCCUPIED) === 0) onAbsent(page);
    }
    if (index < done) continue;
    if (maxOrder === 0) {
      if (region.nodeAt(page) !== target) list.push(page, 0);
      done = index + 1;
      continue;
    }
    // The folio around the page: from where its natural alignment starts, as far as the region has it.
    const span = region.spans.find((s) => index >= s.index && index < s.index + s.pages)!;
    const size = 2 ** maxOrder;
    const start = Math.max(span.index, index - (page % size));
    const end = Math.min(span.index + span.pages, index - (page % size) + size);
    if (end - start < size) {
      // At the region's edge the folios are smaller: find the one that holds the page.
      done = listEdge(region, start, end, index, target, maxOrder, list, skips);
    } else {
      done = cutFolios(region, start, end, { maxOrder, target, ...WHOLE }, list, skips);
    }
  }
  return list;
}

function listEdge(
  region: RegionPages,
  start: number,
  end: number,
  index: number,
  target: number,
  maxOrder: number,
  list: FolioList,
  skips: CutSkips,
): number {
  const edge = new FolioList();
  cutFolios(region, start, end, { maxOrder, target: -1, ...WHOLE }, edge, skips);
  const page = pageAt(region, index);
  for (let i = 0; i < edge.length; i++) {
    const size = 1 << edge.order[i]!;
    if (page < edge.page[i]! || page >= edge.page[i]! + size) continue;
    if (region.nodeAt(edge.page[i]!) !== target) list.push(edge.page[i]!, edge.order[i]!);
    return index + (edge.page[i]! + size - page);
  }
  return index + 1;
}
