import { closeSync, openSync, writeSync } from 'node:fs';
import { PAGE_SIZE, PMD_PAGES } from '../../common/page.js';
import { shortageOf } from '../../common/system-error.js';
import type { FolioList } from '../../mm/pipeline/folio-list.js';
import type { OnMarked, SourceProbe } from '../../mm/ports/access-port.js';
import type { AddressSpace } from '../memory/address-space.js';
import type { Address } from '../sys/libc.js';
import { advise, MADV_KEEPONFORK, MADV_WIPEONFORK } from '../sys/mman.js';
import { CachedTranslations } from './cached-translations.js';
import { canWatch, type MarkHost, type OpenMarks } from './open-marks.js';
import { ProcessWatch } from './process-watch.js';
import { SmapsReader } from './smaps-reader.js';
import { UnitGroups } from './unit-groups.js';

/** The most mappings into which a region is cut. The kernel allows a process 65,530 (vm.max_map_count). */
const MAX_GROUPS = 4096;
const CLEAR_REFS = '/proc/self/clear_refs';
/** Clears the marks of private anonymous memory: see proc_pid_clear_refs(5). */
const CLEAR_ANONYMOUS = '2';

/**
 * The accessed bits of page table entries, by two files that a process may use for itself without a privilege. Writing to
 * /proc/self/clear_refs clears the bits of the process. /proc/self/smaps has for each mapping how much of it was accessed
 * since. So each unit becomes a mapping of its own while it is watched, by MADV_WIPEONFORK, which has no other effect: a
 * region is not inherited by children.
 *
 * No thread waits. A processor sets the bit again only when it walks the page table, so the cached translations are dropped
 * after the bits are cleared. A huge page has one bit. The kernel's own use of the bits (which pages to reclaim) loses
 * what it had seen.
 */
export class ReferencedMarks implements OpenMarks {
  readonly #space: (id: number) => AddressSpace;
  readonly #reader = new SmapsReader();
  readonly #process = new ProcessWatch();
  readonly #translations = new CachedTranslations();
  #watched:
    | { readonly space: AddressSpace; readonly groups: UnitGroups; readonly units: FolioList }
    | undefined;

  constructor({ space }: MarkHost) {
    this.#space = space;
  }

  static probe(): SourceProbe {
    const needs = '/proc/self/clear_refs and /proc/self/smaps (CONFIG_PROC_PAGE_MONITOR). No permission.';
    try {
      closeSync(openSync(CLEAR_REFS, 'w'));
      closeSync(openSync('/proc/self/smaps', 'r'));
      return { name: 'referenced', needs };
    } catch (error) {
      return { name: 'referenced', needs, problem: (error as Error).message, shortage: shortageOf(error) };
    }
  }

  arm(id: number, units: FolioList): number {
    this.cancel();
    const space = this.#space(id);
    if (!canWatch(space, units) || space.movable) return 0;
    if (!this.#process.begin()) return 0;
    const groups = new UnitGroups(units, MAX_GROUPS);
    this.#watched = { space, groups, units };
    try {
      if (!cut(space, groups)) return this.#refuse();
      clearMarks();
    } catch {
      return this.#refuse();
    }
    this.#translations.drop();
    return units.length;
  }

  collect(each: OnMarked): void {
    const watched = this.#watched;
    if (watched === undefined) return;
    const { groups, units } = watched;
    const covered = new Float64Array(groups.length);
    const accessed = new Float64Array(groups.length);
    const huge = new Float64Array(groups.length);
    try {
      this.#reader.read(
        groups.start[0]!,
        groups.end[groups.length - 1]!,
        (start, end, referencedKb, hugeKb) => {
          const i = groups.indexOf(start);
          // A mapping that is not a part of one group says nothing of either.
          if (i >= groups.length || start < groups.start[i]! || end > groups.end[i]!) return;
          covered[i]! += end - start;
          accessed[i]! += (referencedKb * 1024) / PAGE_SIZE;
          huge[i]! += (hugeKb * 1024) / PAGE_SIZE;
        },
      );
    } catch {
      return;
    } finally {
      this.cancel();
    }
    for (let i = 0; i < units.length; i++) {
      const at = units.page[i]! * PAGE_SIZE;
      const group = groups.indexOf(at);
      const bytes = groups.end[group]! - groups.start[group]!;
      if (covered[group] !== bytes) continue;
      const pages = 1 << units.order[i]!;
      const share = (pages * PAGE_SIZE) / bytes;
      const single = pages === PMD_PAGES && huge[group]! * share >= pages;
      each(units.page[i]!, pages, Math.min(pages, accessed[group]! * share), single);
    }
  }

  #refuse(): number {
    this.cancel();
    return 0;
  }

  /** Ends the watch of a region, or of any. Its mappings become one again. */
  cancel(space?: AddressSpace): void {
    const watched = this.#watched;
    if (watched === undefined || (space !== undefined && space !== watched.space)) return;
    this.#watched = undefined;
    this.#process.end();
    if (watched.space.lost) return;
    for (const { address, pages } of watched.space.spans) endWatch(address, pages * PAGE_SIZE);
  }

  close(): void {
    this.cancel();
    this.#translations.close();
  }
}

/** Ends the watch of memory, also one that a thread has left: its mappings become one again. */
export function endWatch(address: Address, bytes: number): void {
  advise(address, bytes, MADV_KEEPONFORK);
}

function clearMarks(): void {
  const file = openSync(CLEAR_REFS, 'w');
  try {
    writeSync(file, CLEAR_ANONYMOUS);
  } finally {
    closeSync(file);
  }
}

/**
 * Makes each group a mapping of its own: every other part of the region gets the advice, and so does its last page, because
 * the memory around it can be in the same mapping. False if the kernel refuses.
 */
function cut(space: AddressSpace, groups: UnitGroups): boolean {
  let i = 0;
  for (const { address, pages } of space.spans) {
    const end = address + pages * PAGE_SIZE;
    let marked = true;
    let last = address;
    for (let at = address; at < end; marked = !marked) {
      const inGroup = i < groups.length && groups.start[i] === at;
      const next = inGroup ? groups.end[i++]! : Math.min(end, groups.start[i] ?? end);
      if (marked && advise(at, next - at, MADV_WIPEONFORK) !== 0) return false;
      last = at;
      at = next;
    }
    // `marked`: the last part did not get it. Two parts that did must not touch, so a last part of one page stays as it is.
    const edge = end - PAGE_SIZE;
    if (marked && last < edge && advise(edge, PAGE_SIZE, MADV_WIPEONFORK) !== 0) return false;
  }
  return true;
}
