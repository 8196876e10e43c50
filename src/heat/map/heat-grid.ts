import { PAGE_SIZE } from '../../common/page.js';
import { rateLevel } from '../heat-byte.js';
import { bytesOfUnit, type HeatSnapshot } from '../heat-snapshot.js';

export interface GridShape {
  /** Rows of the picture, by offset. */
  readonly rows: number;
  /** Columns of the picture, by time. */
  readonly columns: number;
  /** First offset and number of bytes of all rows. */
  readonly offset: number;
  readonly bytes: number;
  /** Beginning and end of the columns, ms on the clock of the snapshots. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** How much of a grid is known, and how well. */
export interface GridCertainty {
  /** Part of the picture that is unknown, 0 to 1. */
  readonly unknown: number;
  /** Observations behind a known cell: as many or more for half of the cells, and for nine tenths. NaN if none is known. */
  readonly median: number;
  readonly tenth: number;
}

/** Heat by offset and time, as means over cells. A picture is drawn from it. */
export class HeatGrid {
  readonly shape: GridShape;
  /** Sums over known pages and time: of accesses per second and page, of pages, and of observations. */
  readonly #rate: Float64Array;
  readonly #known: Float64Array;
  readonly #observations: Float64Array;
  /** Time for which there is a snapshot, ms. */
  readonly #covered: Float64Array;
  /** Of the snapshot in progress, three numbers a row. */
  readonly #rows: Float64Array;

  constructor(shape: GridShape) {
    this.shape = shape;
    const cells = shape.rows * shape.columns;
    this.#rate = new Float64Array(cells);
    this.#known = new Float64Array(cells);
    this.#observations = new Float64Array(cells);
    this.#covered = new Float64Array(shape.columns);
    this.#rows = new Float64Array(3 * shape.rows);
  }

  /** Adds a snapshot, which stands for the time from `sinceMs` to its own. */
  add(snapshot: HeatSnapshot, sinceMs: number): void {
    const { fromMs, toMs, columns, rows } = this.shape;
    const columnMs = (toMs - fromMs) / columns;
    const first = Math.max(0, Math.floor((sinceMs - fromMs) / columnMs));
    const last = Math.min(columns - 1, Math.ceil((snapshot.atMs - fromMs) / columnMs) - 1);
    if (!(first <= last)) return;
    this.#sumRows(snapshot);
    for (let column = first; column <= last; column++) {
      const start = fromMs + column * columnMs;
      const ms = Math.min(snapshot.atMs, start + columnMs) - Math.max(sinceMs, start);
      if (!(ms > 0)) continue;
      this.#covered[column]! += ms;
      for (let row = 0; row < rows; row++) {
        const cell = row * columns + column;
        this.#rate[cell]! += this.#rows[3 * row]! * ms;
        this.#known[cell]! += this.#rows[3 * row + 1]! * ms;
        this.#observations[cell]! += this.#rows[3 * row + 2]! * ms;
      }
    }
  }

  /** Adds up rates, known pages and observations of a snapshot by row. A unit may be in several rows. */
  #sumRows(snapshot: HeatSnapshot): void {
    const { rows, offset, bytes } = this.shape;
    const rowBytes = bytes / rows;
    const { rate, known, observations, unitBytes } = snapshot;
    this.#rows.fill(0);
    for (let unit = 0; unit < rate.length; unit++) {
      if (!(known[unit]! > 0)) continue;
      const start = snapshot.offset + unit * unitBytes - offset;
      const length = bytesOfUnit(snapshot, unit);
      const end = Math.min(bytes, start + length);
      const pages = (known[unit]! * length) / PAGE_SIZE;
      const last = Math.min(rows - 1, Math.ceil(end / rowBytes) - 1);
      for (let row = Math.max(0, Math.floor(start / rowBytes)); row <= last; row++) {
        const part = (Math.min(end, (row + 1) * rowBytes) - Math.max(start, row * rowBytes)) / length;
        this.#rows[3 * row]! += rate[unit]! * part;
        this.#rows[3 * row + 1]! += pages * part;
        this.#rows[3 * row + 2]! += observations[unit]! * part;
      }
    }
  }

  /** Accesses per second and page. NaN if the cell is unknown. */
  perPage(row: number, column: number): number {
    const cell = row * this.shape.columns + column;
    return this.#known[cell] === 0 ? Number.NaN : this.#rate[cell]! / this.#known[cell]!;
  }

  /** Rate level of heat-byte.ts, 1 to 15. 0 if the cell is unknown. */
  level(row: number, column: number): number {
    return rateLevel(this.perPage(row, column));
  }

  /** Lowest and highest level of the known cells. Undefined if none is known. */
  levels(): readonly [low: number, high: number] | undefined {
    let [low, high] = [Number.POSITIVE_INFINITY, 0];
    for (let row = 0; row < this.shape.rows; row++) {
      for (let column = 0; column < this.shape.columns; column++) {
        const level = this.level(row, column);
        if (level === 0) continue;
        low = Math.min(low, level);
        high = Math.max(high, level);
      }
    }
    return high === 0 ? undefined : [low, high];
  }

  certainty(): GridCertainty {
    const { rows, columns, bytes, fromMs, toMs } = this.shape;
    const counts: number[] = [];
    let known = 0;
    for (const [cell, pages] of this.#known.entries()) {
      if (pages === 0) continue;
      known += pages;
      counts.push(this.#observations[cell]! / this.#covered[cell % columns]!);
    }
    counts.sort((a, b) => a - b);
    const all = (bytes / PAGE_SIZE) * (toMs - fromMs);
    return {
      unknown: rows * columns === 0 ? 1 : Math.min(1, Math.max(0, 1 - known / all)),
      median: counts[Math.floor(counts.length / 2)] ?? Number.NaN,
      tenth: counts[Math.floor(counts.length / 10)] ?? Number.NaN,
    };
  }
}
