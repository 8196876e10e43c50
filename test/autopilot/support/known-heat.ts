import type { WatchRegion } from '../../../src/autopilot/region-watch.js';
import { snapshotArrays } from '../../../src/heat/heat-snapshot.js';
import type { Region, WatchedHeat } from '../../../src/index.js';
import { HUGE } from '../../ferry/support/fixture.js';

const WATCHED_NS = 10_000_000;

/** Heat that a test knows, one snapshot for each step of it. Only the heat is made up: the memory is real. */
export class KnownHeat {
  /** Accesses per second by region and unit. Units that are not named have none. */
  readonly rates = new Map<Region, readonly number[]>();
  /** Milliseconds since the last access of units without any. */
  coldMs = 1e6;
  /** Options of the watches that were begun. */
  readonly asked: Parameters<WatchRegion>[1][] = [];
  readonly #advice = new Map<Region, Map<number, number>>();
  readonly #waiting: (() => void)[] = [];
  #steps = 0;
  #atMs = 1000;

  readonly watch: WatchRegion = (region, options) => {
    this.asked.push(options);
    return this.#watch(region, options.signal!);
  };

  /** The snapshots have this advice on a unit: one of ADVICE. */
  advises(region: Region, unit: number, advice: number): void {
    const known = this.#advice.get(region) ?? new Map<number, number>();
    this.#advice.set(region, known.set(unit, advice));
  }

  /** The snapshots have the advice that the program has given by `region.advise`, as the region's real heat has it. */
  async takeAdvice(region: Region): Promise<void> {
    for await (const { snapshot } of region.heat({ intervalMs: 10, unitBytes: HUGE })) {
      snapshot.advice.forEach((advice, unit) => {
        this.advises(region, unit, advice);
      });
      return;
    }
  }

  /** Lets the clock of the heat go on. */
  skip(ms: number): void {
    this.#atMs += ms;
  }

  /** Lets every watch have one result more. */
  step(): void {
    this.#steps++;
    this.#atMs += 100;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async *#watch(region: Region, signal: AbortSignal): AsyncGenerator<WatchedHeat, undefined, undefined> {
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    for (let taken = this.#steps; ; taken++) {
      while (this.#steps === taken && !signal.aborted) {
        await new Promise<void>((resolve) => {
          this.#waiting.push(resolve);
        });
      }
      if (signal.aborted || region.released) return;
      yield this.#heatOf(region);
    }
  }

  #heatOf(region: Region): WatchedHeat {
    const bytes = region.migratableBytes;
    const units = Math.ceil(bytes / HUGE);
    const arrays = snapshotArrays(units);
    const rates = this.rates.get(region) ?? [];
    for (let unit = 0; unit < units; unit++) {
      const rate = rates[unit] ?? 0;
      arrays.rate[unit] = rate;
      arrays.age[unit] = rate > 0 ? 0 : this.coldMs;
      arrays.observations[unit] = 10;
      arrays.known[unit] = 1;
      arrays.recordPages[unit] = 512;
      arrays.advice[unit] = this.#advice.get(region)?.get(unit) ?? 0;
    }
    return {
      snapshot: {
        atMs: this.#atMs,
        offset: 0,
        bytes,
        unitBytes: HUGE,
        source: 'known',
        sees: { reads: true, writes: true, kinds: false, threads: false },
        ...arrays,
      },
      workingSets: [],
      watchedNs: WATCHED_NS,
      cost: { cpuNs: 0, stalledNs: 0, units, touched: 0 },
    };
  }
}
