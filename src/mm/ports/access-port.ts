import type { ErrnoName } from '../../common/errno.js';
import type { FolioList } from '../pipeline/folio-list.js';

/** Calls for a page that a thread waits for: whether it waits to write, and the system's number of the thread (0: unknown). */
export type OnTouch = (page: number, write: boolean, thread: number) => void;

/** CPU time, for what access sources cost and for how long they have watched. */
export interface CpuClock {
  /** Nanoseconds that the migration thread and the threads that serve it have spent on a CPU. */
  cpuNs(): number;
  /** The same of the program's threads together. A thread that waits for a page spends none. */
  programNs(): number;
}

/** Reports which unmapped pages the program's threads wait for. For access sources that unmap pages to see who uses them. */
export interface AccessPort extends CpuClock {
  /** Sleeps until a thread waits for a page, for `nanoseconds` at most. */
  awaitTouch(nanoseconds: number): void;
  /**
   * Calls `each` for every thread that has begun to wait for an unmapped page since the last call. A page may be reported
   * more than once. Serves threads that wait for a page that never existed, as `RegionPort.resolveHoles` does.
   */
  takeTouches(each: OnTouch): void;
}

/** The access sources that leave watched units mapped. */
export const IN_PLACE_SOURCES = ['referenced', 'written', 'idle', 'damon'] as const;
export type InPlaceSourceName = (typeof IN_PLACE_SOURCES)[number];

/** Calls for a unit: its pages, and how many of them were accessed. `single`: one huge page, which is accessed as a whole. */
export type OnMarked = (page: number, pages: number, accessed: number, single: boolean) => void;

/** Marks that the processor or the kernel leaves for each page that is accessed. For access sources that are `inPlace`. */
export interface PageMarksPort {
  /**
   * For marks that are samples: how many times each unit is looked at between `arm` and `collect`. `collect` reports
   * the mean of the looks. 1 by default.
   */
  readonly looks?: number;
  /** CPU time of threads of the kernel that work for it, in nanoseconds so far. 0 by default. */
  readonly cpuNs?: number;
  /**
   * Clears the marks of units of a region, in the order of addresses. A watch that is in progress ends. Returns how many of
   * them are watched: 0 while the region is being migrated, or if the host refuses. `windowNs` is how long one look is to
   * last. It has a meaning only for marks with several.
   * @throws MigrationError EBUSY if another program has taken what the marks need
   */
  arm(space: number, units: FolioList, windowNs: number): number;
  /** For marks that take long to read: reads them without blocking the caller. To be awaited before `collect`. */
  settle?(): Promise<void>;
  /** Reports each unit, and ends the watch. Reports nothing if a migration of the region has begun since `arm`. */
  collect(each: OnMarked): void;
}

/** Whether a host has an access source. */
export interface SourceProbe {
  readonly name: string;
  /** Why the host does not have it. Undefined if it does. */
  readonly problem?: string;
  /** The errno behind the problem, if it is only for now: no file descriptor or no memory is left. */
  readonly shortage?: ErrnoName | undefined;
  /** Needs of the source: a kernel option, a version, a permission. */
  readonly needs: string;
}
