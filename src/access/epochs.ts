import type { HeatRecords } from '../heat/heat-records.js';
import { indexOf } from '../mm/page-index.js';
import { FolioList } from '../mm/pipeline/folio-list.js';
import type { LiveMachine } from '../mm/ports/live-machine.js';
import type { RegionPages } from '../mm/ports/region-port.js';
import type { AccessSource } from './access-source.js';
import { orderAt } from './unit-order.js';

const FIRST_WINDOW_NS = 20_000_000;
const MIN_WINDOW_NS = 1_000_000;
/** Of all looks together. Longer epochs would show a change late. */
const MAX_WINDOW_NS = 500_000_000;
/**
 * An epoch is long enough when this part of the pages of the units at `RANK` is accessed. In a shorter one too few pages are
 * accessed to distinguish units, in a longer one nearly all pages of every hot unit are.
 */
const WANTED = 0.6;
/** The unit that is looked at: one in ten is hotter. */
const RANK = 0.1;
const WINDOW_STEP = 4;

/**
 * Watches a whole region by a source that is in place, in epochs: the marks are cleared, the program runs for a while, and
 * the marks are read. Between two epochs it waits until the last one is paid for.
 */
export class EpochMonitor {
  readonly source: AccessSource;
  readonly records: HeatRecords;
  readonly #machine: LiveMachine;
  readonly #cpuShare: number;
  readonly #unitPages: number;
  readonly #units = new FolioList();
  #windowNs = FIRST_WINDOW_NS;
  #startedAt = 0;
  #cpuNs = 0;
  #watchedNs = 0;
  /** The accessed part of each unit in the last epoch. */
  #parts = new Float64Array(0);

  /**
   * @param cpuShare CPU time of the source, as a share of the time that goes by.
   * @param unitPages Pages of a unit: a power of two up to 512.
   */
  constructor(
    machine: LiveMachine,
    source: AccessSource,
    records: HeatRecords,
    cpuShare: number,
    unitPages: number,
  ) {
    this.#machine = machine;
    this.source = source;
    this.records = records;
    this.#cpuShare = cpuShare;
    this.#unitPages = unitPages;
  }

  /**
   * Begins an epoch. Returns the nanoseconds after which it should end, or 0 if the region cannot be watched now.
   */
  begin(space: number): number {
    const region = this.#machine.space(space);
    this.#list(region);
    if (region.pages > this.records.pages) this.records.grow(region.pages);
    // The clock of observations begins above 0.
    this.#startedAt = Math.max(1, this.#machine.now());
    this.#cpuNs = this.source.cost.cpuNs;
    return this.source.arm(space, this.#units, this.#windowNs) === 0 ? 0 : this.#windowNs * this.#looks;
  }

  /** To be awaited before `end`. */
  async settle(): Promise<void> {
    await this.source.settle?.();
  }

  /** How long the units were watched in the last epoch: CPU time of the program. 0 before the first one. */
  get watchedNs(): number {
    return this.#watchedNs;
  }

  get #looks(): number {
    return this.source.looks ?? 1;
  }

  /** Ends the epoch. Returns the nanoseconds for which the budget wants no other one. */
  end(space: number): number {
    const region = this.#machine.space(space);
    if (this.#parts.length < this.#units.length) this.#parts = new Float64Array(this.#units.length);
    let seen = 0;
    this.source.collect((page, pages, watchedNs, accessed, kind) => {
      this.#parts[seen++] = accessed / pages;
      if (watchedNs <= 0) return;
      this.#watchedNs = watchedNs;
      this.records.observePages(indexOf(region, page), pages, watchedNs, accessed, this.#startedAt, kind);
    });
    const now = this.#machine.now();
    if (seen > 0) {
      this.#adapt(this.#parts.subarray(0, seen));
      this.records.adapt(now);
    } else {
      // A migration has ended it. A shorter one may be over before the next migration begins.
      this.#windowNs = Math.max(MIN_WINDOW_NS, this.#windowNs / WINDOW_STEP);
    }
    const owed = (this.source.cost.cpuNs - this.#cpuNs) / this.#cpuShare;
    return Math.max(0, this.#startedAt + owed - now);
  }

  /** Lists the units of a region: aligned, and smaller at its ends. */
  #list(region: RegionPages): void {
    this.#units.clear();
    for (const span of region.spans) {
      for (let done = 0; done < span.pages; ) {
        const page = span.page + done;
        const order = orderAt(page, Math.min(span.pages - done, this.#unitPages));
        this.#units.push(page, order);
        done += 1 << order;
      }
    }
  }

  #adapt(parts: Float64Array): void {
    parts.sort();
    const part = parts[Math.floor((parts.length - 1) * (1 - RANK))]!;
    // Accesses that are spread evenly leave a part of exp(-accesses / pages) untouched. It is 0 or 1 at the bounds.
    const factor = Math.log1p(-WANTED) / Math.log1p(-part);
    const bounded = Math.min(WINDOW_STEP, Math.max(1 / WINDOW_STEP, factor));
    this.#windowNs = Math.min(MAX_WINDOW_NS / this.#looks, Math.max(MIN_WINDOW_NS, this.#windowNs * bounded));
  }
}
