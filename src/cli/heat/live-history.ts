import { condenseSnapshot } from '../../heat/condense-snapshot.js';
import type { HeatSnapshot } from '../../heat/heat-snapshot.js';
import { HeatGrid } from '../../heat/map/heat-grid.js';
import type { RecordedCost, RecordedSnapshot } from '../../heat/recording/format.js';

/** Units of a snapshot that is kept, many times the rows of a picture. */
const MAX_UNITS = 1024;
/** A snapshot stands for so many intervals at most. In longer gaps the heat is unknown. */
const COVER_INTERVALS = 2;

interface Kept {
  readonly snapshot: HeatSnapshot;
  readonly sinceMs: number;
  readonly cost: RecordedCost | undefined;
}

/** The snapshots of a watch from which pictures are drawn. Its size is limited, however long the watch lasts. */
export class LiveHistory {
  readonly #intervalMs: number;
  readonly #max: number;
  readonly #whole: boolean;
  #kept: Kept[] = [];
  #previousMs: number;
  /** Every so many snapshots are kept. */
  #stride = 1;
  #count = 0;

  /**
   * @param max Snapshots that are kept, below this even number.
   * @param whole Whether they are from the whole watch, each standing for a longer time as the watch lasts longer. Else they
   * are the last ones.
   */
  constructor(originMs: number, intervalMs: number, max: number, whole: boolean) {
    this.#previousMs = originMs;
    this.#intervalMs = intervalMs;
    this.#max = max;
    this.#whole = whole;
  }

  add({ snapshot, cost }: RecordedSnapshot): void {
    this.#count++;
    if (this.#count % this.#stride !== 0) return;
    const cover = COVER_INTERVALS * this.#intervalMs * this.#stride;
    const sinceMs = Math.max(this.#previousMs, snapshot.atMs - cover);
    this.#previousMs = snapshot.atMs;
    this.#kept.push({ snapshot: condenseSnapshot(snapshot, MAX_UNITS), sinceMs, cost });
    if (this.#kept.length < this.#max) return;
    if (this.#whole) this.#thin();
    else this.#kept.shift();
  }

  /** The CPU time and the waits of the last snapshots, as shares of the time. Undefined if they are not known. */
  cost(): { readonly cpu: number; readonly stall: number; readonly seconds: number } | undefined {
    const [first, last] = [this.#kept[0], this.#kept.at(-1)];
    if (first?.cost === undefined || last?.cost === undefined || first === last) return undefined;
    const ns = (last.snapshot.atMs - first.snapshot.atMs) * 1e6;
    const share = (from: number, to: number): number => Math.max(0, to - from) / ns;
    return {
      cpu: share(first.cost.cpuNs, last.cost.cpuNs),
      stall: share(first.cost.stalledNs, last.cost.stalledNs),
      seconds: ns / 1e9,
    };
  }

  /** A picture of the snapshots that are kept, or of the last `maxMs`. */
  grid(
    size: { readonly rows: number; readonly columns: number },
    maxMs = Number.POSITIVE_INFINITY,
  ): HeatGrid {
    const last = this.#kept.at(-1)!;
    const toMs = last.snapshot.atMs;
    const fromMs = Math.min(toMs - 1, Math.max(this.#kept[0]!.sinceMs, toMs - maxMs));
    const shown = this.#kept.filter(({ snapshot }) => snapshot.atMs > fromMs);
    const offset = Math.min(...shown.map(({ snapshot }) => snapshot.offset));
    const end = Math.max(...shown.map(({ snapshot }) => snapshot.offset + snapshot.bytes));
    const grid = new HeatGrid({ ...size, offset, bytes: end - offset, fromMs, toMs });
    for (const { snapshot, sinceMs } of shown) grid.add(snapshot, sinceMs);
    return grid;
  }

  /** Drops every second snapshot. The one after it stands for its time, too. */
  #thin(): void {
    this.#stride *= 2;
    this.#count = 0;
    this.#kept = this.#kept.flatMap((each, i) => {
      if (i % 2 === 0) return [];
      return [{ ...each, sinceMs: this.#kept[i - 1]!.sinceMs }];
    });
  }
}
