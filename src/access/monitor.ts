import type { HeatRecords } from '../heat/heat-records.js';
import { UNTOUCHED } from '../heat/observation.js';
import { indexOf } from '../mm/page-index.js';
import { FolioList } from '../mm/pipeline/folio-list.js';
import type { LiveMachine } from '../mm/ports/live-machine.js';
import type { RegionPages } from '../mm/ports/region-port.js';
import type { AccessCost, AccessSource } from './access-source.js';
import { orderAt } from './unit-order.js';

/** Units that are watched at once. More would keep the program from its memory for longer. */
const BURST_UNITS = 8;
/** A burst ends after this time, whatever it has seen: the migration thread has other work. */
const MAX_BURST_NS = 4_000_000;
/**
 * A watch is long enough when about one unit in eight is touched. Shorter ones see too little of the units that are not the
 * hottest, and in longer ones many units are touched, each of which costs the program a wait.
 */
const TOUCHED_SHARE = 1 / 8;
const MIN_WINDOW_NS = 5_000;
const FIRST_WINDOW_NS = 20_000;
/** The window changes by at most this factor from burst to burst. */
const WINDOW_STEP = 1.25;
/** A watch in which the program ran for less shows nothing. */
const MIN_WATCHED_NS = 1_000;
/** Bursts after which the records are adapted: units split, merged and forgotten. */
const ADAPT_BURSTS = 8;

/** How much a monitor may cost: shares of the time that goes by. */
export interface MonitorBudget {
  /** CPU time of the source, 0.01 for 1 % of a CPU. */
  readonly cpuShare: number;
  /** Time that threads of the program wait for the source, all threads together. */
  readonly stallShare: number;
}

/**
 * Watches a region by an access source, a few units at a time, and keeps the cost within a budget: after each burst it waits
 * until the burst is paid for. Units are taken in the order of addresses, at the sizes that the records want.
 */
export class AccessMonitor {
  readonly source: AccessSource;
  readonly records: HeatRecords;
  /** It watches each unit until the first access. */
  readonly watchedNs = 0;
  readonly #machine: LiveMachine;
  readonly #budget: MonitorBudget;
  readonly #units = new FolioList(BURST_UNITS);
  /** Index of the page at which the next burst begins. */
  #next = 0;
  #windowNs = FIRST_WINDOW_NS;
  #bursts = 0;
  /** When the bursts so far are paid for. */
  #paidAt = 0;
  #seen = 0;
  #touched = 0;

  constructor(machine: LiveMachine, source: AccessSource, records: HeatRecords, budget: MonitorBudget) {
    this.#machine = machine;
    this.source = source;
    this.records = records;
    this.#budget = budget;
  }

  /**
   * Watches some units of a registered region once. Returns the nanoseconds, on the machine's clock, for which the budget
   * wants no other burst.
   */
  burst(space: number): number {
    const { source, records } = this;
    const region = this.#machine.space(space);
    const before: AccessCost = source.cost;
    // The clock of observations begins above 0.
    const started = Math.max(1, this.#machine.now());
    if (region.pages > records.pages) records.grow(region.pages);
    this.#pick(region);
    source.arm(space, this.#units);
    source.watch(this.#windowNs, MAX_BURST_NS);
    this.#seen = 0;
    this.#touched = 0;
    source.collect((page, pages, watchedNs, accessed, kind, thread) => {
      const touched = accessed > 0;
      if (!touched && watchedNs < MIN_WATCHED_NS) return;
      this.#seen++;
      if (touched) this.#touched++;
      const watched = Math.max(1, watchedNs);
      records.observe(
        indexOf(region, page),
        pages,
        watched,
        touched ? watched : UNTOUCHED,
        started,
        kind,
        thread,
      );
    });
    this.#adapt();
    const cost = source.cost;
    const owed = Math.max(
      (cost.cpuNs - before.cpuNs) / this.#budget.cpuShare,
      (cost.stalledNs - before.stalledNs) / this.#budget.stallShare,
    );
    this.#paidAt = Math.max(this.#paidAt, started) + owed;
    return Math.max(0, this.#paidAt - this.#machine.now());
  }

  /** Lists the next units: whole page tables, or the smaller units into which the records have split them. */
  #pick(region: RegionPages): void {
    const units = this.#units;
    units.clear();
    let pages = 0;
    // Once around at most.
    for (let visited = 0; visited < region.pages && units.length < BURST_UNITS; ) {
      if (this.#next >= region.pages) this.#next = 0;
      // A list is in the order of addresses.
      if (this.#next === 0 && units.length > 0) return;
      const { page, left } = placeIn(region, this.#next);
      const order = orderAt(page, Math.min(left, this.records.unitPages(this.#next)));
      if (pages + (1 << order) > this.source.maxPages) return;
      units.push(page, order);
      pages += 1 << order;
      visited += 1 << order;
      this.#next += 1 << order;
    }
  }

  #adapt(): void {
    if (this.#seen > 0) {
      const wanted = TOUCHED_SHARE * this.#seen;
      const factor = Math.min(WINDOW_STEP, Math.max(1 / WINDOW_STEP, (wanted + 1) / (this.#touched + 1)));
      this.#windowNs = Math.min(MAX_BURST_NS, Math.max(MIN_WINDOW_NS, this.#windowNs * factor));
    }
    if (++this.#bursts % ADAPT_BURSTS === 0) this.records.adapt(this.#machine.now());
  }
}

function placeIn({ spans }: RegionPages, index: number): { readonly page: number; readonly left: number } {
  for (const span of spans) {
    const into = index - span.index;
    if (into < span.pages) return { page: span.page + into, left: span.pages - into };
  }
  throw new RangeError('an index beyond its region');
}
