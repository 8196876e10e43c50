import { readFileSync } from 'node:fs';
import { PAGE_SIZE } from '../../common/page.js';
import type { Address } from '../sys/libc.js';
import { advise, MADV_MERGEABLE, MADV_UNMERGEABLE } from '../sys/mman.js';
import { markedRanges } from '../sys/smaps.js';
import type { Span } from './address-space.js';

/** Bytes that one call unmerges under the mmap lock of the process: 2,048 page faults, some milliseconds. */
const CHUNK_BYTES = 8 * 2 ** 20;

/** Consecutive base pages, by page number. */
export interface PageRun {
  readonly page: number;
  readonly pages: number;
}

/**
 * Ranges in which ksmd is stopped for a while (Documentation/admin-guide/mm/ksm.rst). UFFDIO_MOVE refuses a page that KSM
 * has merged (EBUSY). A write gives the process a page of its own, but ksmd may merge that one again before it has moved.
 * So the range is made unmergeable, which unmerges it, and mergeable again after the move.
 *
 * If the thread ends before `resume`, the range stays unmergeable. It then needs more memory. Its content is unchanged.
 */
export class StoppedMerging {
  readonly #ranges: readonly (readonly [Address, number])[];

  private constructor(ranges: readonly (readonly [Address, number])[]) {
    this.#ranges = ranges;
  }

  /**
   * Stops merging in the mergeable parts of each span, from the first of `runs` in it to the last. Undefined if KSM is not
   * used. May wait for the mmap lock, so no page may be unmapped.
   * @param own A mapping of the ferry's own. It is not merged from now on (PR_SET_MEMORY_MERGE merges all mappings).
   */
  static within(
    spans: readonly Span[],
    runs: readonly PageRun[],
    own: { readonly address: Address; readonly bytes: number },
  ): StoppedMerging | undefined {
    if (!mayMerge()) return undefined;
    advise(own.address, own.bytes, MADV_UNMERGEABLE);
    const ranges: (readonly [Address, number])[] = [];
    for (const [start, end] of hulls(spans, runs)) ranges.push(...markedRanges('mg', start, end));
    for (const [start, bytes] of ranges) {
      for (let at = start; at < start + bytes; at += CHUNK_BYTES) {
        // A part that cannot be unmerged (ENOMEM) keeps its merged pages, which stay busy.
        advise(at, Math.min(CHUNK_BYTES, start + bytes - at), MADV_UNMERGEABLE);
      }
    }
    return ranges.length === 0 ? undefined : new StoppedMerging(ranges);
  }

  resume(): void {
    for (const [start, bytes] of this.#ranges) advise(start, bytes, MADV_MERGEABLE);
  }
}

/** Whether ksmd scans memory of this process (proc_pid_ksm_stat(5), Linux 6.1). */
function mayMerge(): boolean {
  try {
    return Number(/^ksm_rmap_items (\d+)$/m.exec(readFileSync('/proc/self/ksm_stat', 'latin1'))?.[1]) > 0;
  } catch {
    // A kernel without CONFIG_KSM.
    return false;
  }
}

/** For each span, the range from the first page of `runs` in it to the end of the last. */
function hulls(spans: readonly Span[], runs: readonly PageRun[]): (readonly [Address, Address])[] {
  const found: (readonly [Address, Address])[] = [];
  for (const { address, pages } of spans) {
    const first = address / PAGE_SIZE;
    let from = Number.POSITIVE_INFINITY;
    let to = 0;
    for (const run of runs) {
      if (run.page < first || run.page >= first + pages) continue;
      from = Math.min(from, run.page);
      to = Math.max(to, run.page + run.pages);
    }
    if (to > from) found.push([from * PAGE_SIZE, to * PAGE_SIZE]);
  }
  return found;
}
