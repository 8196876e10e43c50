import { ERRNO } from '../common/errno.js';
import { passesOf } from '../mm/mode.js';
import { pageAt } from '../mm/page-index.js';
import { FolioList } from '../mm/pipeline/folio-list.js';
import {
  PRESENCE_EXCLUSIVE,
  PRESENCE_OCCUPIED,
  PRESENCE_PRESENT,
  type RegionPages,
} from '../mm/ports/region-port.js';
import { type CutSkips, cutFolios } from './folio-cutter.js';
import { Job, type JobRegion, type JobServices } from './job.js';
import type { JobPlan, MovePagesPlan } from './plan.js';
import type { ProgressWords } from './progress.js';

/** Cuts all of a range, without gaps. */
const WHOLE = { limit: Number.POSITIVE_INFINITY, moveGaps: false };

/** The status of a page that is neither present nor absent: in swap, poisoned, or just being migrated by the kernel. */
const AGAIN = -ERRNO.EAGAIN;

/** The plan of move_pages(2): folios of the region's size, whatever maps them. */
const PAGE_BY_PAGE = {
  reason: 'syscall',
  mode: 'sync',
  moveGaps: false,
  copyMode: 'exclusive',
  hugePages: undefined,
} as const;

/**
 * move_pages(2) for one region. The status of a page is the index of its node, or a negative errno: -EFAULT (not of this
 * region), -ENOENT (not present), -EBUSY (pinned, or busy on every try), -EACCES (another process maps it too, and
 * `moveAll` was not set), -ENOMEM (the node is full).
 *
 * As in the kernel, runs of pages with the same node move together, in the order given. A page takes its whole folio with
 * it.
 */
export class MovePagesJob extends Job<Int32Array> {
  protected override readonly moveAll: boolean;
  readonly #plan: MovePagesPlan;
  /** Position of the first page that is not listed yet. */
  #next = 0;
  /** The plan of the current run, and whether its busy folios were listed again. */
  #run: JobPlan | undefined;
  #retried = false;
  /** For each page that stayed: its errno. */
  readonly #failed = new Map<number, number>();
  readonly #bits = new Uint8Array(1);

  constructor(services: JobServices, region: JobRegion, plan: MovePagesPlan, progress: ProgressWords) {
    super(services, region, progress);
    this.#plan = plan;
    this.moveAll = plan.moveAll;
    this.onAbsent = (page) => void this.#failed.set(page, ERRNO.ENOENT);
  }

  /** Lists each run of pages with the same node, and after it its busy folios. */
  protected override nextList(): JobPlan | undefined {
    const run = this.#run;
    if (run !== undefined && !this.#retried) {
      this.#retried = true;
      this.listBusy(run);
      if (this.list.length > 0) return run;
    }
    if (run !== undefined) this.#endRun();
    return this.stopped ? undefined : this.#listRun();
  }

  #listRun(): JobPlan | undefined {
    const { pages, nodes, batchPages } = this.#plan;
    const from = this.#next;
    if (nodes === null || from >= pages.length) return undefined;
    const target = nodes[from]!;
    let to = from + 1;
    while (to < pages.length && nodes[to] === target) to++;
    this.#next = to;
    const run = pages.subarray(from, to);
    for (const index of run) if (index >= 0) this.machine.locate(this.space, index, 1);
    this.#listFolios(run, target);
    this.#retried = false;
    this.#run = { ...PAGE_BY_PAGE, target, batchPages };
    return this.#run;
  }

  /** The region is ordinary memory between two runs, and after the last. */
  #endRun(): void {
    this.#run = undefined;
    this.finish();
    const { failures } = this;
    for (let i = 0; i < failures.page.length; i++) {
      for (let k = 0; k < failures.pages[i]!; k++) {
        this.#failed.set(failures.page[i]! + k, failures.errno[i]!);
      }
    }
    failures.clear();
  }

  protected override result(): Int32Array {
    const { pages, nodes } = this.#plan;
    return nodes === null ? this.#whereAre(pages) : pages.map((index) => this.#statusOf(index));
  }

  /** While the kernel itself migrates a page, the page is not present. So such pages are queried again. */
  #whereAre(pages: Int32Array): Int32Array {
    const status = pages.map((index) => this.#whereIs(index));
    for (let pass = 1; pass < passesOf('sync') && status.includes(AGAIN); pass++) {
      this.machine.pause('sync', pass);
      for (let i = 0; i < status.length; i++) if (status[i] === AGAIN) status[i] = this.#whereIs(pages[i]!);
    }
    return status.map((each) => (each === AGAIN ? -ERRNO.ENOENT : each));
  }

  #statusOf(index: number): number {
    if (index < 0) return -ERRNO.EFAULT;
    const page = pageAt(this.pages, index);
    const errno = this.#failed.get(page);
    // A page that was never tried, because its node was full or the caller aborted, reports where it is.
    if (errno === undefined) return this.pages.nodeAt(page);
    if (errno !== ERRNO.EBUSY || this.moveAll) return -errno;
    const bits = this.#presence(page);
    const shared = (bits & PRESENCE_PRESENT) !== 0 && (bits & PRESENCE_EXCLUSIVE) === 0;
    return shared ? -ERRNO.EACCES : -ERRNO.EBUSY;
  }

  #whereIs(index: number): number {
    if (index < 0) return -ERRNO.EFAULT;
    const page = pageAt(this.pages, index);
    const bits = this.#presence(page);
    // As in the kernel, a page that is in swap or poisoned is not present.
    if ((bits & PRESENCE_PRESENT) === 0) return (bits & PRESENCE_OCCUPIED) === 0 ? -ERRNO.ENOENT : AGAIN;
    this.machine.locate(this.space, index, 1);
    return this.pages.nodeAt(page);
  }

  #presence(page: number): number {
    this.machine.presence(page, 1, this.#bits);
    return this.#bits[0]!;
  }

  /** Lists the folios of the pages at these indices, each once, sorted by address so that neighbours follow each other. */
  #listFolios(indices: Int32Array, target: number): void {
    const { pages: region, maxOrder, list } = this;
    list.clear();
    list.reserve(indices.length);
    const sorted = indices.filter((index) => index >= 0).sort();
    const skips = { onTarget: 0, mixedNode: 0, huge: 0 };
    let done = -1;
    for (const index of sorted) {
      const page = pageAt(region, index);
      // The page will not be touched, so nothing else would notice that it is absent.
      if (region.nodeAt(page) === target && (this.#presence(page) & PRESENCE_OCCUPIED) === 0) {
        this.onAbsent?.(page);
      }
      if (index < done) continue;
      if (maxOrder === 0) {
        if (region.nodeAt(page) !== target) list.push(page, 0);
        done = index + 1;
        continue;
      }
      // The folio around the page, from its natural alignment, as far as it is in the region.
      const span = region.spans.find((s) => index >= s.index && index < s.index + s.pages)!;
      const size = 2 ** maxOrder;
      const start = Math.max(span.index, index - (page % size));
      const end = Math.min(span.index + span.pages, index - (page % size) + size);
      if (end - start < size) {
        // At the region's edge the folios are smaller. Finds the one that holds the page.
        done = listEdge(region, start, end, index, target, maxOrder, list, skips);
      } else {
        done = cutFolios(region, start, end, { maxOrder, target, ...WHOLE }, list, skips);
      }
    }
  }
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
