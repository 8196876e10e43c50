import { PAGE_SIZE, PMD_PAGES, PMD_SIZE } from '../common/page.js';
import { ADVICE } from '../heat/advice.js';
import type { HeatSnapshot } from '../heat/heat-snapshot.js';
import { NO_NODE } from '../policy/policy.js';

/** Free places of removed regions are kept until there are so many. */
const MIN_FREE = 1024;

/** Units of a region that have consecutive places. */
interface Extent {
  /** The first place. */
  readonly at: number;
  /** The first unit, as the region's snapshots number it. */
  readonly unit: number;
  readonly length: number;
}

/** The places of a region's units. */
export interface RegionUnits {
  /** Its units have places from 0 on, in the order of the extents. */
  extents: Extent[];
  units: number;
  /** Pages of the region. */
  pages: number;
}

function columns(length: number) {
  return {
    rate: new Float32Array(length).fill(Number.NaN),
    age: new Float32Array(length).fill(Number.NaN),
    observations: new Float32Array(length),
    known: new Float32Array(length),
    written: new Float32Array(length).fill(Number.NaN),
    recordPages: new Uint16Array(length),
    advice: new Uint8Array(length),
    /** The node by a policy's number, or NO_NODE if the policy must not move the unit. */
    nodeOf: new Uint8Array(length).fill(NO_NODE),
    /** The node on which the unit is, or NO_NODE if none of its pages is in memory. */
    where: new Uint8Array(length).fill(NO_NODE),
    /** Index of the region that has the place, or -1. */
    owner: new Int32Array(length).fill(-1),
    /** The unit, as the region's snapshots number it. */
    unit: new Int32Array(length),
    /** The program locks it (mlock), or lets nothing be known of it. */
    locked: new Uint8Array(length),
    /** It is left alone until then, because it could not be moved. Milliseconds. */
    restUntil: new Float64Array(length),
    /** How often in a row it could not be moved. */
    failures: new Uint8Array(length),
    /** When it was moved, and from which node. */
    movedAt: new Float64Array(length).fill(Number.NEGATIVE_INFINITY),
    cameFrom: new Uint8Array(length).fill(NO_NODE),
    /** Since when it is dense in every epoch. Infinity if it is not. */
    denseSince: new Float64Array(length).fill(Number.POSITIVE_INFINITY),
    /** One of HUGE. */
    huge: new Uint8Array(length),
    /** When it was accessed the last time, as far as it is known. NaN if it was never watched. */
    usedAt: new Float64Array(length).fill(Number.NaN),
    /** It is not paged out until then. Milliseconds. */
    stayUntil: new Float64Array(length),
    /** When it was paged out. NaN if it is not. */
    pagedAt: new Float64Array(length).fill(Number.NaN),
  };
}

type Columns = ReturnType<typeof columns>;
type Column = Columns[keyof Columns];

/**
 * The pages of a unit: on small pages as far as it is known, brought to huge ones by the autopilot, left as they are, or split by the
 * autopilot.
 */
export const HUGE = { small: 0, promoted: 1, kept: 2, split: 3 } as const;

/**
 * The units of all regions of an autopilot, in one list, so that a policy places them against each other. Units have 2 MiB. A
 * place in the list stays that of a unit while its region is there, because policies keep what they learn by place.
 */
export class Units {
  #columns: Columns = columns(0);
  #free = 0;

  get length(): number {
    return this.#columns.rate.length;
  }

  get all(): Columns {
    return this.#columns;
  }

  /** The heat of all units, as one snapshot. A last unit of a region that is shorter than the others counts as a whole one. */
  heat(atMs: number, source: string, sees: HeatSnapshot['sees']): HeatSnapshot {
    const { rate, age, observations, known, written, recordPages, advice } = this.#columns;
    const bytes = this.length * PMD_SIZE;
    const arrays = { rate, age, observations, known, written, recordPages, advice };
    return { atMs, offset: 0, bytes, unitBytes: PMD_SIZE, source, sees, ...arrays };
  }

  /** Makes places for the units of a region that has got larger. @param owner The region's index. */
  fit(region: RegionUnits, owner: number, pages: number): void {
    region.pages = Math.max(region.pages, pages);
    const more = Math.ceil(region.pages / PMD_PAGES) - region.units;
    if (more <= 0) return;
    const at = this.length;
    this.#resize(at + more, [{ from: 0, to: 0, length: at }]);
    const { owner: owners, unit } = this.#columns;
    for (let i = 0; i < more; i++) {
      owners[at + i] = owner;
      unit[at + i] = region.units + i;
    }
    region.extents.push({ at, unit: region.units, length: more });
    region.units += more;
  }

  /** Takes the heat of a region. @param now Milliseconds. */
  take(region: RegionUnits, snapshot: HeatSnapshot, now: number): void {
    const all = this.#columns;
    for (const { at, unit, length } of region.extents) {
      const to = Math.min(unit + length, snapshot.rate.length);
      if (to <= unit) continue;
      for (const name of [
        'rate',
        'age',
        'observations',
        'known',
        'written',
        'recordPages',
        'advice',
      ] as const) {
        (all[name] as Float32Array).set((snapshot[name] as Float32Array).subarray(unit, to), at);
      }
      for (let i = at; i < at + to - unit; i++) {
        if (all.known[i] === 0) continue;
        const age = all.age[i]!;
        if (!Number.isNaN(age)) all.usedAt[i] = now - age;
        else if (Number.isNaN(all.usedAt[i]!)) all.usedAt[i] = now;
      }
    }
  }

  /** A region is gone. Its places stay, without a unit. */
  drop(region: RegionUnits): void {
    for (const { at, length } of region.extents) {
      const fresh = columns(length);
      copy(fresh, this.#columns, 0, at, length);
      this.#free += length;
    }
    region.extents = [];
    region.units = 0;
  }

  /**
   * Gives up the places of removed regions if they are most of the list. Then places have changed, and a policy has to begin
   * from the beginning. Returns whether that is so.
   */
  compact(regions: Iterable<RegionUnits>): boolean {
    if (this.#free < MIN_FREE || this.#free * 2 < this.length) return false;
    const runs: { from: number; to: number; length: number }[] = [];
    let next = 0;
    for (const region of regions) {
      region.extents = region.extents.map(({ at, unit, length }) => {
        runs.push({ from: at, to: next, length });
        next += length;
        return { at: next - length, unit, length };
      });
    }
    this.#resize(next, runs);
    this.#free = 0;
    return true;
  }

  #resize(length: number, runs: readonly { from: number; to: number; length: number }[]): void {
    const before = this.#columns;
    this.#columns = columns(length);
    for (const run of runs) copy(before, this.#columns, run.from, run.to, run.length);
  }
}

function copy(source: Columns, target: Columns, from: number, to: number, length: number): void {
  for (const name of Object.keys(source) as (keyof Columns)[]) {
    const part: Column = source[name].subarray(from, from + length);
    (target[name] as Float32Array).set(part as Float32Array, to);
  }
}

/** The pages of a unit of a region, by index. */
export function pagesOf(
  { pages }: RegionUnits,
  unit: number,
): { readonly from: number; readonly to: number } {
  return { from: unit * PMD_PAGES, to: Math.min((unit + 1) * PMD_PAGES, pages) };
}

/** Whether the program says something of a unit that forbids to move it to slower memory, or to faster memory. */
export function forbids(advice: number): { readonly slower: boolean; readonly faster: boolean } {
  return {
    slower: advice === ADVICE.hot || advice === ADVICE.mixed,
    faster: advice === ADVICE.cold || advice === ADVICE.mixed,
  };
}

/** Bytes of so many units. */
export function bytesOfPages(pages: number): number {
  return pages * PAGE_SIZE;
}
