import { PAGE_SIZE } from '../../common/page.js';
import type { RandomStream } from '../../common/random.js';
import { HeatRecords } from '../../heat/heat-records.js';
import type { HeatSnapshot } from '../../heat/heat-snapshot.js';
import { KIND_UNKNOWN } from '../../heat/observation.js';
import { takeSnapshot } from '../../heat/take-snapshot.js';

/** Above this mean a Poisson number is taken from a normal distribution. */
const MANY = 30;
const SEES = { reads: true, writes: true, kinds: false, threads: false };
/** The clock starts here, because an observation has a time above 0. */
const ORIGIN_NS = 1e9;

export interface WatchOptions {
  readonly bytes: number;
  readonly unitBytes: number;
  /** Time for which memory is watched in each epoch, milliseconds. */
  readonly watchMs: number;
  readonly halfLifeMs: number;
  readonly random: RandomStream;
}

/**
 * The heat as an access source sees it that counts the accessed pages of each unit, as `referenced` does. In a short watch,
 * chance decides which units are accessed. In a long one, all pages of warm units are, and they look as hot as hot ones.
 * The records of the heat are the same as on real memory.
 */
export class WatchedHeat {
  readonly #options: WatchOptions;
  readonly #records: HeatRecords;
  #snapshot: HeatSnapshot | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    const { bytes, unitBytes, halfLifeMs } = options;
    const pages = Math.ceil(bytes / PAGE_SIZE);
    this.#records = new HeatRecords({ pages, halfLifeMs, minUnitPages: finest(unitBytes / PAGE_SIZE) });
  }

  /**
   * Watches at the end of an epoch.
   * @param rates Accesses per second to each unit.
   */
  watch(rates: Float64Array, endMs: number): HeatSnapshot {
    const { bytes, unitBytes, watchMs, random } = this.#options;
    const endNs = ORIGIN_NS + endMs * 1e6;
    const watchNs = watchMs * 1e6;
    for (let unit = 0; unit < rates.length; unit++) {
      const first = (unit * unitBytes) / PAGE_SIZE;
      const pages = Math.ceil(Math.min(unitBytes, bytes - unit * unitBytes) / PAGE_SIZE);
      const accesses = poisson((rates[unit]! * watchMs) / 1000, random);
      const accessed = Math.min(Math.round(pages * (1 - (1 - 1 / pages) ** accesses)), pages);
      const seen = accesses > 0 ? Math.max(1, accessed) : 0;
      this.#records.observePages(first, pages, watchNs, seen, endNs - watchNs, KIND_UNKNOWN);
    }
    this.#records.adapt(endNs);
    const request = { unitBytes, atNs: endNs, source: 'simulated', sees: SEES };
    this.#snapshot = takeSnapshot(this.#records, request, this.#snapshot);
    return this.#snapshot;
  }
}

/** The smallest unit of the records that a unit of so many pages needs. */
function finest(pages: number): number {
  return [512, 64, 8].find((unit) => unit <= pages) ?? 1;
}

function poisson(mean: number, random: RandomStream): number {
  const uniform = (): number => (random.next() + 0.5) / 2 ** 32;
  if (mean > MANY) {
    const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  let count = -1;
  let left = 1;
  const end = Math.exp(-mean);
  do {
    count++;
    left *= uniform();
  } while (left > end);
  return count;
}
