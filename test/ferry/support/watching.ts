import type { HeatOptions, WatchedHeat } from '../../../src/ferry/heat.js';
import type { Region } from '../../../src/index.js';
import { libc } from '../../../src/linux/sys/libc.js';
import { partsOf } from './mappings.js';

/** The access sources that watch on this host without a privilege. */
export const WATCH_SOURCES = ['hint', 'referenced', 'written'] as const;
export type WatchSource = (typeof WATCH_SOURCES)[number];

/** A watch that looks nearly all the time. */
export const EAGER: HeatOptions = { intervalMs: 10, cpuShare: 1, stallShare: 1 };

/** Watches a region for some results. Resolves to the last one, or undefined if the watch has ended before the first. */
export async function watchFor(
  region: Region,
  source: WatchSource,
  results: number,
  options: HeatOptions = EAGER,
): Promise<WatchedHeat | undefined> {
  let last: WatchedHeat | undefined;
  let count = 0;
  for await (const watched of region.heat({ ...options, source })) {
    last = watched;
    if (++count === results) break;
  }
  return last;
}

/** Whether a part of memory has the mark of `referenced`: MADV_WIPEONFORK, `wf` in VmFlags (proc_pid_smaps(5)). */
export function isMarked(memory: ArrayBuffer | SharedArrayBuffer): boolean {
  const address = libc().addressOf(new Uint8Array(memory, 0, 1));
  return partsOf(address, memory.byteLength).some(({ flags }) => flags.split(' ').includes('wf'));
}

/** A watch of a region that goes on until it is ended. */
export class Watching {
  results = 0;
  /** Units that were watched so far. */
  units = 0;
  readonly #controller = new AbortController();
  readonly #ended: Promise<void>;

  constructor(region: Region, source: WatchSource, options: HeatOptions = EAGER) {
    this.#ended = this.#watch(region.heat({ ...options, source, signal: this.#controller.signal }));
    // The caller of `end` gets it.
    this.#ended.catch(() => undefined);
  }

  /** Resolves when units were watched after this call, or the watch has ended. */
  seesMore(): Promise<void> {
    return this.#more(() => this.units);
  }

  /** The same for a result, which may be of nothing. */
  nextResult(): Promise<void> {
    return this.#more(() => this.results);
  }

  async #more(figure: () => number): Promise<void> {
    const before = figure();
    let over = false;
    const ended = (): void => {
      over = true;
    };
    this.#ended.then(ended, ended);
    while (figure() === before && !over) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Resolves when the region was released or the ferry closed. Rejects if the watch has failed. */
  over(): Promise<void> {
    return this.#ended;
  }

  end(): Promise<void> {
    this.#controller.abort();
    return this.#ended;
  }

  async #watch(heat: AsyncIterable<WatchedHeat>): Promise<void> {
    for await (const { cost } of heat) {
      this.results++;
      this.units = cost.units;
    }
  }
}
