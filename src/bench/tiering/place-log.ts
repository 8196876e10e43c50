import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import type { Region } from '../../ferry/region.js';
import type { AccessCounts } from '../heat/truth.js';
import { accessesBetween, SLICE_MS } from '../heat/truth.js';

/** Pages of each unit that are queried. */
const SAMPLES = 8;

/** Where the units of a program's memory are, from time to time, as the ferry reports it and not as the autopilot believes. */
export class PlaceLog {
  readonly #region: Region;
  readonly #offsets: Float64Array;
  readonly #units: number;
  readonly #fast: number;
  readonly #log: { readonly atMs: number; readonly fast: Float32Array }[] = [];

  /** @param fast Id of the fast node. */
  constructor(region: Region, bytes: number, fast: number) {
    const { offset } = region.migratable[0]!;
    this.#region = region;
    this.#units = bytes / PMD_SIZE;
    this.#fast = fast;
    const pages = PMD_SIZE / PAGE_SIZE / SAMPLES;
    this.#offsets = Float64Array.from(
      { length: this.#units * SAMPLES },
      (_, i) => offset + (i * pages + pages / 2) * PAGE_SIZE,
    );
  }

  /** Notes where the units are. @param now Milliseconds since the program began. */
  async look(now: () => number): Promise<void> {
    const nodes = await this.#region.movePages(this.#offsets, null);
    const fast = new Float32Array(this.#units);
    for (let i = 0; i < nodes.length; i++) {
      if (nodes[i] === this.#fast) fast[Math.floor(i / SAMPLES)]! += 1 / SAMPLES;
    }
    this.#log.push({ atMs: now(), fast });
  }

  /** The part of the counted accesses that went to the fast node. */
  hitRatio(counts: readonly AccessCounts[], fromMs: number, toMs: number): number {
    let at = 0;
    let hits = 0;
    let all = 0;
    for (let slice = Math.ceil(fromMs / SLICE_MS) * SLICE_MS; slice + SLICE_MS <= toMs; slice += SLICE_MS) {
      const middle = slice + SLICE_MS / 2;
      // The look that is nearest in time.
      const off = (i: number): number => Math.abs(this.#log[i]!.atMs - middle);
      while (at + 1 < this.#log.length && off(at + 1) <= off(at)) at++;
      const { fast } = this.#log[at]!;
      const accesses = accessesBetween(counts, slice, slice + SLICE_MS);
      for (let unit = 0; unit < accesses.length; unit++) {
        hits += accesses[unit]! * fast[unit]!;
        all += accesses[unit]!;
      }
    }
    return all === 0 ? 0 : hits / all;
  }
}
