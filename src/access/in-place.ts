import { KIND_UNKNOWN, KIND_WRITE, NO_THREAD, type Sight } from '../heat/observation.js';
import type { FolioList } from '../mm/pipeline/folio-list.js';
import type { CpuClock, InPlaceSourceName, PageMarksPort } from '../mm/ports/access-port.js';
import type { AccessCost, AccessSource, OnSeen } from './access-source.js';

/** The accesses that each source in place can see. */
const SIGHT: Readonly<Record<InPlaceSourceName, Sight>> = {
  referenced: { reads: true, writes: true, kinds: false, threads: false },
};

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
    return { cpuNs: this.#cpuNs, stalledNs: 0, units: this.#units, touched: this.#touched };
  }

  arm(space: number, units: FolioList): number {
    const cpu = this.#clock.cpuNs();
    const armed = this.#marks.arm(space, units);
    this.#cpuNs += this.#clock.cpuNs() - cpu;
    this.#armedAt = this.#clock.programNs();
    return armed;
  }

  watch(): void {}

  collect(seen: OnSeen): void {
    const cpu = this.#clock.cpuNs();
    // The clocks of threads are read one after the other.
    const watchedNs = Math.max(0, this.#clock.programNs() - this.#armedAt);
    const kind = this.sees.reads ? KIND_UNKNOWN : KIND_WRITE;
    this.#marks.collect((page, pages, accessed, single) => {
      this.#units++;
      if (accessed > 0) this.#touched++;
      seen(page, pages, watchedNs, single ? Math.min(1, accessed) : accessed, kind, NO_THREAD);
    });
    this.#cpuNs += this.#clock.cpuNs() - cpu;
  }
}
