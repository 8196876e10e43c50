import { MigrationError } from '../common/migration-error.js';
import type { HeatOptions, WatchedHeat } from '../ferry/heat.js';
import type { Region } from '../ferry/region.js';

/** Watches a region: `region.heat`. Tests have another one. */
export type WatchRegion = (region: Region, options: HeatOptions) => AsyncIterableIterator<WatchedHeat>;

/** A watch that has failed is tried again after so many milliseconds. */
const AGAIN_MS = 10_000;

/** The watch of one region, from epoch to epoch. */
export class RegionWatch {
  readonly #region: Region;
  readonly #watch: WatchRegion;
  #options: HeatOptions;
  #iterator: AsyncIterableIterator<WatchedHeat> | undefined;
  #abort = new AbortController();
  #problem: MigrationError | undefined;
  #problemAt = 0;
  /** CPU time of earlier watches, and of this one. */
  #earlierNs = 0;
  #cpuNs = 0;

  constructor(region: Region, watch: WatchRegion, options: HeatOptions) {
    this.#region = region;
    this.#watch = watch;
    this.#options = options;
  }

  /** CPU time of the access source. */
  get cpuNs(): number {
    return this.#earlierNs + this.#cpuNs;
  }

  /** Why the region is not watched now. */
  get problem(): MigrationError | undefined {
    return this.#problem;
  }

  /** Watches for an epoch. Undefined if that is not possible now, or if the watch has ended. @throws if the ferry has ended */
  async next(options: HeatOptions, now: number): Promise<WatchedHeat | undefined> {
    if (options.cpuShare !== this.#options.cpuShare) {
      this.end();
      this.#options = options;
    }
    if (this.#problem !== undefined && !this.#isOver(now)) return undefined;
    try {
      if (this.#iterator === undefined) {
        this.#abort = new AbortController();
        this.#iterator = this.#watch(this.#region, { ...this.#options, signal: this.#abort.signal });
      }
      const { value, done } = await this.#iterator.next();
      if (done === true) {
        this.end();
        return undefined;
      }
      this.#problem = undefined;
      this.#cpuNs = value.cost.cpuNs;
      return value;
    } catch (error) {
      this.end();
      if (!(error instanceof MigrationError) || hasEnded(error)) throw error;
      this.#problem = error;
      this.#problemAt = now;
      return undefined;
    }
  }

  /** Ends the watch, also within an epoch. */
  end(): void {
    this.#abort.abort();
    this.#iterator = undefined;
    this.#earlierNs += this.#cpuNs;
    this.#cpuNs = 0;
  }

  #isOver(now: number): boolean {
    return this.#problem!.code !== 'EOPNOTSUPP' && now - this.#problemAt >= AGAIN_MS;
  }
}

/** Whether an error means that the ferry is closed or has failed. */
export function hasEnded(error: unknown): boolean {
  return error instanceof MigrationError && ['EBADF', 'EIO', 'EUCLEAN'].includes(error.code);
}
