import type { Sight } from '../heat/observation.js';
import type { FolioList } from '../mm/pipeline/folio-list.js';

/**
 * Receives what a source has seen of one unit. Numbers only, because it is called for every unit.
 *
 * `page`, `pages`: the unit, by the machine's page numbers. `watchedNs`: how long it was watched. A source that unmaps its
 * units watches until the first access. `accessed`: 0 if no access came. Otherwise the pages that were accessed, or 1 if the
 * source only knows that the unit was. `kind`: one of the KIND_… values
 * (heat/observation.ts). `thread`: the system's number of the thread, or 0 if it is not known.
 *
 * Nanoseconds are CPU time of all threads of the program together. So a program that gets no CPU, or that waits for the
 * source, is not taken for one that does not use its memory.
 */
export type OnSeen = (
  page: number,
  pages: number,
  watchedNs: number,
  accessed: number,
  kind: number,
  thread: number,
) => void;

/**
 * The cost of an access source since it was made.
 * @see {@link Region.heat} for an example
 */
export interface AccessCost {
  /** CPU time of the source's own threads. */
  readonly cpuNs: number;
  /** Time that threads of the program have waited for the source, as far as it is known. */
  readonly stalledNs: number;
  /** Units that were watched. A unit that was watched again counts again. */
  readonly units: number;
  /** Units that were accessed while they were watched. */
  readonly touched: number;
}

/**
 * An access source finds out which units of a region are accessed. A unit is a folio: a page, or a power of two of pages.
 * It decides nothing: which units to watch, for how long, and what to make of it is the caller's business.
 *
 * The calls come from the migration thread, in the order `arm`, `watch`, `collect`. Between `collect` and the next `arm`
 * nothing of the region is unmapped or protected. No call throws for a condition of a page.
 *
 * There are two kinds. A source that is not `inPlace` unmaps the units: the region is registered (RegionPort.begin), and
 * nothing else is done between `arm` and `collect`. A source that is `inPlace` leaves them mapped, and reads what the
 * processor or the kernel has noted of them. It does its work in `arm` and `collect`, whatever else is done in between.
 * `test/access/conformance.ts` and `in-place-conformance.ts` are this contract in code.
 */
export interface AccessSource {
  readonly name: string;
  readonly sees: Sight;
  readonly inPlace: boolean;
  readonly cost: AccessCost;
  /** Units that can be watched at once. */
  readonly maxPages: number;
  /** How many times it looks at each unit between `arm` and `collect`: 1 by default. It reports the mean. */
  readonly looks?: number;
  /**
   * Begins to watch units, in the order of addresses, up to `maxPages` base pages. A unit that cannot be watched now (absent,
   * busy, pinned) is left out. Returns the number of units that are watched. `windowNs`: how long each of several `looks` is
   * to last.
   * @throws MigrationError EBUSY if another program has taken what the source needs
   */
  arm(space: number, units: FolioList, windowNs?: number): number;
  /**
   * Watches until the program has run for `programNs`, until every unit was accessed, or until `limitNs` are over on the
   * machine's clock. A source that is `inPlace` returns at once: its caller waits as long as it likes.
   */
  watch(programNs: number, limitNs: number): void;
  /** For a source that is `inPlace`: to be awaited before `collect`. The caller's thread is not blocked. */
  settle?(): Promise<void>;
  /**
   * Reports every watched unit once, and ends the watch. A source that is `inPlace` reports nothing if a migration of the
   * region has begun since `arm`, and leaves out units of which it has lost sight.
   */
  collect(seen: OnSeen): void;
}
