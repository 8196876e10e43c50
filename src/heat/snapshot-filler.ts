import { PAGE_SIZE } from '../common/page.js';
import type { HeatSnapshot } from './heat-snapshot.js';
import { UNIT, type UnitVisitor } from './unit-tree.js';

/** Fills the arrays of a snapshot from the units of the records, which come in order. */
export class SnapshotFiller implements UnitVisitor {
  readonly #snapshot: HeatSnapshot;
  readonly #unitPages: number;
  readonly #firstPage: number;
  readonly #endPage: number;

  // Sums of a unit of the snapshot that has several records.
  #unit = -1;
  #pages = 0;
  #rate = 0;
  #age = Number.NaN;
  #observations = 0;
  #kinds = 0;
  #writes = 0;
  #largest = 0;

  constructor(snapshot: HeatSnapshot) {
    this.#snapshot = snapshot;
    this.#unitPages = snapshot.unitBytes / PAGE_SIZE;
    this.#firstPage = snapshot.offset / PAGE_SIZE;
    this.#endPage = (snapshot.offset + snapshot.bytes) / PAGE_SIZE;
    snapshot.rate.fill(Number.NaN);
    snapshot.age.fill(Number.NaN);
    snapshot.observations.fill(0);
    snapshot.known.fill(0);
    snapshot.written.fill(Number.NaN);
    snapshot.recordPages.fill(0);
  }

  unit(page: number, pages: number, figures: Float64Array): void {
    const from = Math.max(page, this.#firstPage);
    const to = Math.min(page + pages, this.#endPage);
    if (from >= to) return;
    const first = this.#unitOf(from);
    const last = this.#unitOf(to - 1);
    for (let unit = first; unit <= last; unit++) {
      if (unit !== this.#unit) {
        this.end();
        this.#unit = unit;
      }
      const start = this.#firstPage + unit * this.#unitPages;
      const own = Math.min(to, start + this.#unitPages) - Math.max(from, start);
      this.#pages += own;
      this.#rate += figures[UNIT.perPage]! * own;
      const ageMs = figures[UNIT.ageMs]!;
      // The comparison with NaN is false.
      if (!(this.#age <= ageMs) && !Number.isNaN(ageMs)) this.#age = ageMs;
      this.#observations += (figures[UNIT.observations]! * own) / pages;
      this.#kinds += (figures[UNIT.kinds]! * own) / pages;
      this.#writes += (figures[UNIT.writes]! * own) / pages;
      this.#largest = Math.max(this.#largest, pages);
    }
  }

  /** Writes the unit in progress. */
  end(): void {
    const unit = this.#unit;
    if (unit < 0) return;
    const { rate, age, observations, known, written, recordPages, sees } = this.#snapshot;
    const start = this.#firstPage + unit * this.#unitPages;
    rate[unit] = this.#rate;
    age[unit] = this.#age;
    observations[unit] = this.#observations;
    known[unit] = this.#pages / Math.min(this.#unitPages, this.#endPage - start);
    written[unit] = sees.kinds && this.#kinds > 0 ? this.#writes / this.#kinds : Number.NaN;
    recordPages[unit] = this.#largest;
    this.#unit = -1;
    this.#pages = this.#rate = this.#observations = this.#kinds = this.#writes = this.#largest = 0;
    this.#age = Number.NaN;
  }

  #unitOf(page: number): number {
    return Math.floor((page - this.#firstPage) / this.#unitPages);
  }
}
