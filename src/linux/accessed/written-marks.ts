import { MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE } from '../../common/page.js';
import { shortageOf } from '../../common/system-error.js';
import type { FolioList } from '../../mm/pipeline/folio-list.js';
import type { OnMarked, SourceProbe } from '../../mm/ports/access-port.js';
import type { AddressSpace } from '../memory/address-space.js';
import type { Journal } from '../rescue/journal.js';
import { isMapped } from '../sys/mman.js';
import type { Pagemap } from '../sys/pagemap.js';
import { Userfaultfd } from '../userfaultfd/userfaultfd.js';
import { canWatch, type MarkHost, type OpenMarks } from './open-marks.js';
import { UnitGroups } from './unit-groups.js';

/**
 * The write protection of a userfaultfd of its own. It is asynchronous: the first write to a page removes the protection in
 * the kernel, so no thread waits, and no thread has to read the descriptor. PAGEMAP_SCAN reports the pages that are not
 * protected any more.
 *
 * The descriptor is opened for each watch, and its end is the end of the watch. Closing it unregisters what it has
 * registered, wherever that has gone since. A child that was forked in the middle has the descriptor, too, until it ends or
 * runs another program. So memory that is still there is unregistered before. A migration that begins finds nothing
 * registered.
 *
 * The first write to a huge page splits it into base pages, which keep the protection.
 */
export class WrittenMarks implements OpenMarks {
  readonly #space: (id: number) => AddressSpace;
  readonly #pagemap: Pagemap;
  readonly #journal: Journal;
  #watched: Watched | undefined;

  constructor({ space, pagemap, journal }: MarkHost) {
    this.#space = space;
    this.#pagemap = pagemap;
    this.#journal = journal;
  }

  static probe(): SourceProbe {
    const needs =
      'Linux 6.7 or later with write protection by userfaultfd (CONFIG_PTE_MARKER_UFFD_WP). No further permission.';
    try {
      Userfaultfd.openAsync().close();
      return { name: 'written', needs };
    } catch (error) {
      if (!(error instanceof MigrationError)) throw error;
      return { name: 'written', needs, problem: error.problem, shortage: shortageOf(error) };
    }
  }

  arm(id: number, units: FolioList): number {
    this.cancel();
    const space = this.#space(id);
    // Memory that may be somebody else's by now must not be registered.
    if (!canWatch(space, units) || space.movable) return 0;
    const runs = new UnitGroups(units, 1);
    let uffd: Userfaultfd;
    try {
      uffd = Userfaultfd.openAsync();
    } catch {
      return 0;
    }
    this.#journal.writesWatch = uffd.descriptor;
    const watched: Watched = { space, units, runs, registered: 0 };
    this.#watched = watched;
    for (let i = 0; i < runs.length; i++) {
      const bytes = runs.end[i]! - runs.start[i]!;
      // A range that another userfaultfd has registered is refused (EBUSY).
      if (uffd.register(runs.start[i]!, bytes, 'protected') === 0) {
        watched.registered++;
        if (this.#pagemap.protectPresent(runs.start[i]!, bytes) === 0) continue;
      }
      this.cancel();
      return 0;
    }
    return units.length;
  }

  collect(each: OnMarked): void {
    const watched = this.#watched;
    if (watched === undefined) return;
    const { runs, units } = watched;
    const written = new Float64Array(units.length);
    for (let run = 0, unit = 0; run < runs.length; run++) {
      const [start, end] = [runs.start[run]!, runs.end[run]!];
      const first = unit;
      while (unit < units.length && units.page[unit]! * PAGE_SIZE < end) unit++;
      const seen = isMapped(start, end - start) && this.#count(units, first, start, end, written);
      if (seen) continue;
      for (let i = first; i < unit; i++) {
        const from = units.page[i]! * PAGE_SIZE;
        const to = from + (1 << units.order[i]!) * PAGE_SIZE;
        written[i] = 0;
        if (!isMapped(from, to - from) || !this.#count(units, i, from, to, written)) written[i] = -1;
      }
    }
    this.cancel();
    for (let i = 0; i < units.length; i++) {
      if (written[i]! >= 0) each(units.page[i]!, 1 << units.order[i]!, written[i]!, false);
    }
  }

  /** Adds the written pages of a range to their units, of which `first` is the first. False if it is not watched any more. */
  #count(units: FolioList, first: number, start: number, end: number, written: Float64Array): boolean {
    let unit = first;
    return this.#pagemap.writtenRanges(start, end - start, (address, bytes) => {
      let page = address / PAGE_SIZE;
      const to = page + bytes / PAGE_SIZE;
      while (page < to) {
        while (units.page[unit]! + (1 << units.order[unit]!) <= page) unit++;
        const next = Math.min(to, units.page[unit]! + (1 << units.order[unit]!));
        written[unit]! += next - page;
        page = next;
      }
    });
  }

  /** Ends the watch of a region, or of any. */
  cancel(space?: AddressSpace): void {
    const watched = this.#watched;
    if (watched === undefined || (space !== undefined && space !== watched.space)) return;
    this.#watched = undefined;
    const descriptor = this.#journal.takeWritesWatch();
    if (descriptor === 0) return;
    const uffd = Userfaultfd.adopt(descriptor, undefined);
    const { runs, registered } = watched;
    // Before Linux 6.16 this also ends a registration with another userfaultfd.
    for (let i = 0; i < registered; i++) {
      const bytes = runs.end[i]! - runs.start[i]!;
      if (isMapped(runs.start[i]!, bytes)) uffd.unregister(runs.start[i]!, bytes);
    }
    uffd.close();
  }

  close(): void {
    this.cancel();
  }
}

interface Watched {
  readonly space: AddressSpace;
  readonly units: FolioList;
  /** The units, in runs of neighbours. */
  readonly runs: UnitGroups;
  /** Runs that are registered. */
  registered: number;
}
