import { KIND_UNKNOWN, KIND_WRITE, NO_THREAD, type Sight } from '../heat/observation.js';
import type { FolioList } from '../mm/pipeline/folio-list.js';
import type { CpuClock, InPlaceSourceName, PageMarksPort } from '../mm/ports/access-port.js';
import type { AccessCost, AccessSource, OnSeen } from './access-source.js';

/** The accesses that each source in place can see. */
const SIGHT: Readonly<Record<InPlaceSourceName, Sight>> = {
  referenced: { reads: true, writes: true, kinds: false, threads: false },
  written: { reads: false, writes: true, kinds: false, threads: false },
  idle: { reads: true, writes: true, kinds: false, threads: false },
  damon: { reads: true, writes: true, kinds: false, threads: false },
};

/** For a caller that leaves it to the source: DAMON's default. */
const WINDOW_NS = 5_000_000;

/**
 * A source that leaves the units mapped, and reads the marks that the processor or the kernel leaves for each page. No
 * thread of the program waits for it.
 */
export class InPlaceSource implements AccessSource {
  readonly name: InPlaceSourceName;
  readonly sees: Sight;
  readonly inPlace = true;
  readonly maxPages: number = Number.POSITIVE_INFINITY;
  readonly #marks: PageMarksPort;
  readonly #clock: CpuClock;
  #armedAt = 0;
  #cpuNs = 0;
  #units = 0;
  #touched = 0;

  constructor(name: InPlaceSourceName, marks: PageMarksPort, clock: CpuClock) {
    this.name = name;
    this.sees = SIGHT[name];
    this.#marks = marks;
    this.#clock = clock;
  }

  get cost(): AccessCost {
    return {
      cpuNs: this.#cpuNs + (this.#marks.cpuNs ?? 0),
      stalledNs: 0,
      units: this.#units,
      touched: this.#touched,
    };
  }

  get looks(): number {
    return this.#marks.looks ?? 1;
  }

  arm(space: number, units: FolioList, windowNs = WINDOW_NS): number {
    const cpu = this.#clock.cpuNs();
    const armed = this.#marks.arm(space, units, windowNs);
    this.#cpuNs += this.#clock.cpuNs() - cpu;
    this.#armedAt = this.#clock.programNs();
    return armed;
  }

  watch(): void {}

  async settle(): Promise<void> {
    await this.#marks.settle?.();
  }

  collect(seen: OnSeen): void {
    const cpu = this.#clock.cpuNs();
    // The clocks of threads are read one after the other.
    const watchedNs = Math.max(0, this.#clock.programNs() - this.#armedAt) / this.looks;
    const kind = this.sees.reads ? KIND_UNKNOWN : KIND_WRITE;
    this.#marks.collect((page, pages, accessed, single) => {
      this.#units++;
      if (accessed > 0) this.#touched++;
      seen(page, pages, watchedNs, single ? Math.min(1, accessed) : accessed, kind, NO_THREAD);
    });
    this.#cpuNs += this.#clock.cpuNs() - cpu;
  }
}
