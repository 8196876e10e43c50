import { MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE } from '../../common/page.js';
import type { FolioList } from '../../mm/pipeline/folio-list.js';
import type { OnMarked, SourceProbe } from '../../mm/ports/access-port.js';
import type { AddressSpace } from '../memory/address-space.js';
import type { Journal } from '../rescue/journal.js';
import { DamonControl, watchesAddresses } from './damon-control.js';
import { canWatch, type MarkHost, type OpenMarks } from './open-marks.js';
import { UnitGroups } from './unit-groups.js';

/** Samples of each range in one watch. */
const LOOKS = 10;
/** Ranges that are sampled: DAMON's own default maximum. Each costs the kernel about a microsecond a sample. */
const MAX_RANGES = 1000;

/**
 * The kernel's DAMON, which samples: for each range it clears the accessed bit of one page, chosen at random, and looks a
 * moment later whether the page was accessed. The part of the samples with an access estimates the part of the pages that
 * are accessed in such a moment. The ranges are the units, or groups of neighbours if there are too many.
 *
 * It uses the operations for given addresses of a process (`fvaddr`). Those for physical addresses (`paddr`) are not used
 * where a kernel has only them: such a kdamond continues when the process is killed, a region is scattered over a physical
 * range for each page, and a frame can become another process's at any time.
 *
 * The kernel clears the bits without dropping cached translations. So an access by a cached translation is not seen.
 */
export class DamonMarks implements OpenMarks {
  readonly looks: number = LOOKS;
  /** CPU time of the kdamonds so far. */
  cpuNs = 0;
  readonly #space: (id: number) => AddressSpace;
  readonly #journal: Journal;
  readonly #control = new DamonControl();
  #watched: Watched | undefined;
  /** The groups that the kdamond is configured for. */
  #configured: UnitGroups | undefined;
  #stopping = false;
  /** Whether `finish` is in progress. It turns the kdamond off at its end, so no other watch may begin before. */
  #settling = false;

  constructor({ space, journal }: MarkHost) {
    this.#space = space;
    this.#journal = journal;
  }

  static probe(): SourceProbe {
    const needs =
      'root, and a kernel with CONFIG_DAMON_VADDR and CONFIG_DAMON_SYSFS, whose DAMON nobody else uses at the moment.';
    const problem = findProblem();
    return { name: 'damon', needs, ...(problem === undefined ? {} : { problem }) };
  }

  /** @throws MigrationError EBUSY if DAMON is in use by now, or the kernel refuses to turn it on */
  arm(id: number, units: FolioList, windowNs: number): number {
    this.cancel();
    const space = this.#space(id);
    if (!canWatch(space, units) || this.#stopping || this.#settling) return 0;
    const groups = new UnitGroups(units, MAX_RANGES);
    try {
      this.#configure(groups);
      this.#control.start(Math.max(1, Math.round(windowNs / 1000)), LOOKS);
    } catch (error) {
      throw new MigrationError('EBUSY', `cannot use DAMON: ${(error as Error).message}`, {
        operation: 'heat',
        advice:
          'Stop the other user of DAMON, such as damo or the module damon_reclaim, or use another source.',
      });
    }
    this.#watched = { space, units, groups, samples: undefined };
    return units.length;
  }

  #configure(groups: UnitGroups): void {
    if (this.#control.isOurs && this.#configured !== undefined && isSame(groups, this.#configured)) return;
    this.#configured = undefined;
    this.#control.release();
    const problem = DamonControl.problem();
    if (problem !== undefined) throw new Error(problem);
    // First, because a thread that ends in the meantime leaves it to its rescuer.
    this.#journal.damon = this.#control.thread;
    this.#control.take(groups.start, groups.end, groups.length);
    this.#configured = groups;
  }

  async settle(): Promise<void> {
    const watched = this.#watched;
    if (watched === undefined) return;
    const { groups } = watched;
    const samples = new Float64Array(groups.length);
    this.#settling = true;
    try {
      this.cpuNs += await this.#control.finish((start, end, count) => {
        for (let i = groups.indexOf(start); i < groups.length && groups.start[i]! < end; i++) {
          const overlap = Math.min(end, groups.end[i]!) - Math.max(start, groups.start[i]!);
          samples[i]! += (count * overlap) / (groups.end[i]! - groups.start[i]!);
        }
      });
      watched.samples = samples;
    } catch {
      // It was turned off, by `cancel` or by somebody else.
      if (this.#watched === watched) this.cancel();
    } finally {
      this.#settling = false;
    }
  }

  collect(each: OnMarked): void {
    const watched = this.#watched;
    this.cancel();
    if (watched?.samples === undefined) return;
    const { units, groups, samples } = watched;
    for (let i = 0; i < units.length; i++) {
      const pages = 1 << units.order[i]!;
      // Half a sample less than all, because the next one could have been without an access.
      const part = Math.min(samples[groups.indexOf(units.page[i]! * PAGE_SIZE)]!, LOOKS - 0.5) / LOOKS;
      each(units.page[i]!, pages, part * pages, false);
    }
  }

  /** Ends the watch of a region, or of any. A kdamond that is still on is turned off in another thread. */
  cancel(space?: AddressSpace): void {
    const watched = this.#watched;
    if (watched === undefined || (space !== undefined && space !== watched.space)) return;
    this.#watched = undefined;
    if (watched.samples !== undefined) return;
    this.#stopping = true;
    void this.#control.stop().finally(() => {
      this.#stopping = false;
    });
  }

  close(): void {
    this.#watched = undefined;
    this.#control.release();
    this.#journal.damon = 0;
  }
}

interface Watched {
  readonly space: AddressSpace;
  readonly units: FolioList;
  readonly groups: UnitGroups;
  /** Samples of each group in which there was an access. Undefined until they are read. */
  samples: Float64Array | undefined;
}

function isSame(a: UnitGroups, b: UnitGroups): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a.start[i] !== b.start[i] || a.end[i] !== b.end[i]) return false;
  return true;
}

function findProblem(): string | undefined {
  try {
    const problem = DamonControl.problem();
    if (problem !== undefined) return problem;
    if (watchesAddresses()) return undefined;
    return 'DAMON of this kernel cannot watch the addresses of a process (CONFIG_DAMON_VADDR)';
  } catch (error) {
    return (error as Error).message;
  }
}
