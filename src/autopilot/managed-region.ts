import { PAGE_SIZE, PMD_PAGES } from '../common/page.js';
import type { WatchedHeat } from '../ferry/heat.js';
import { type Region, spansOf } from '../ferry/region.js';
import { markedRanges } from '../linux/sys/smaps.js';
import { NO_NODE } from '../policy/policy.js';
import type { RegionWatch } from './region-watch.js';
import { pagesOf, type RegionUnits, type Units } from './units.js';

/** Pages of a unit that are queried for their node. The node of most of them is that of the unit. */
const SAMPLES = 8;
/** Units that are queried in an epoch. Those of larger regions take turns. */
const MAX_UNITS = 4096;

/** A region of an autopilot. */
export interface ManagedRegion {
  readonly region: Region;
  /** Its index, which it keeps. */
  readonly index: number;
  readonly watch: RegionWatch;
  readonly units: RegionUnits;
  /** Its heat in this epoch. */
  latest: WatchedHeat | undefined;
  /** How long its units were watched lately, nanoseconds of CPU time of the program. */
  watchedNs: number;
  /** The unit whose node is queried next. */
  hand: number;
  /** Whether some of its units count as locked. */
  locked: boolean;
}

/** Units of a region that follow each other. */
export interface UnitRun {
  readonly managed: ManagedRegion;
  /** The first unit, as the region's snapshots number it, and the place of it. */
  readonly unit: number;
  readonly place: number;
  readonly length: number;
}

/** Bytes from the start of a region's memory to pages, whose indices rise from call to call. */
class PageOffsets {
  readonly #ranges: Region['migratable'];
  #range = 0;
  /** Index of the first page of the range. */
  #first = 0;

  constructor(region: Region) {
    this.#ranges = region.migratable;
  }

  /** @returns -1 for a page that the region does not have any more */
  of(page: number): number {
    for (; this.#range < this.#ranges.length; this.#range++) {
      const { offset, length } = this.#ranges[this.#range]!;
      const index = page - this.#first;
      if (index * PAGE_SIZE < length) return offset + index * PAGE_SIZE;
      this.#first += length / PAGE_SIZE;
    }
    return -1;
  }
}

/** The bytes of a run, from the start of the region's memory. Undefined if the region does not have them any more. */
export function bytesOfRun({
  managed,
  unit,
  length,
}: UnitRun): { readonly offset: number; readonly length: number } | undefined {
  const { region, units } = managed;
  const offsets = new PageOffsets(region);
  const offset = offsets.of(pagesOf(units, unit).from);
  const last = offsets.of(pagesOf(units, unit + length - 1).to - 1);
  return offset < 0 || last < 0 ? undefined : { offset, length: last + PAGE_SIZE - offset };
}

/** Calls `use` with each run of consecutive units that are alike and are wanted, of at most `most` units. */
export function runsOf(
  managed: ManagedRegion,
  most: number,
  isWanted: (place: number) => boolean,
): UnitRun[] {
  const runs: UnitRun[] = [];
  for (const { at, unit, length } of managed.units.extents) {
    let from = -1;
    for (let i = 0; i <= length; i++) {
      const wanted = i < length && isWanted(at + i);
      if (from >= 0 && (!wanted || i - from === most)) {
        runs.push({ managed, unit: unit + from, place: at + from, length: i - from });
        from = -1;
      }
      if (wanted && from < 0) from = i;
    }
  }
  return runs;
}

/**
 * Finds out where the units of a region are. A unit of which no sample is in memory is looked at page by page if it is hot.
 * @param numberOf The policy's number of a node, by its id.
 */
export async function locate(
  managed: ManagedRegion,
  units: Units,
  numberOf: ReadonlyMap<number, number>,
): Promise<void> {
  const count = managed.units.units;
  const visits = Math.min(count, MAX_UNITS);
  const first = managed.hand >= count ? 0 : managed.hand;
  const last = Math.min(count, first + visits);
  managed.hand = last === count ? 0 : last;
  const bare = await locateUnits(managed, units, numberOf, first, last, SAMPLES);
  for (const unit of bare) {
    const place = placeOf(managed.units, unit);
    if (units.all.rate[place]! > 0) await locateUnits(managed, units, numberOf, unit, unit + 1, PMD_PAGES);
  }
}

/** Returns the units without a page in memory. */
async function locateUnits(
  managed: ManagedRegion,
  units: Units,
  numberOf: ReadonlyMap<number, number>,
  first: number,
  end: number,
  samples: number,
): Promise<number[]> {
  const offsets = new PageOffsets(managed.region);
  const wanted = new Float64Array((end - first) * samples);
  let length = 0;
  const ends = new Int32Array(end - first);
  for (let unit = first; unit < end; unit++) {
    const { from, to } = pagesOf(managed.units, unit);
    const step = Math.max(1, (to - from) / samples);
    for (let i = 0; i < samples && from + Math.floor((i + 0.5) * step) < to; i++) {
      const offset = offsets.of(from + Math.floor((i + 0.5) * step));
      if (offset >= 0) wanted[length++] = offset;
    }
    ends[unit - first] = length;
  }
  const nodes = await managed.region.movePages(wanted.subarray(0, length), null);
  const bare: number[] = [];
  const votes = new Uint16Array(numberOf.size);
  let next = 0;
  for (let unit = first; unit < end; unit++) {
    votes.fill(0);
    for (; next < ends[unit - first]!; next++) {
      const number = numberOf.get(nodes[next]!);
      if (number !== undefined) votes[number]!++;
    }
    let best = 0;
    for (let node = 1; node < votes.length; node++) if (votes[node]! > votes[best]!) best = node;
    const place = placeOf(managed.units, unit);
    const found = votes[best]! > 0;
    units.all.where[place] = found ? best : NO_NODE;
    if (!found) bare.push(unit);
  }
  return bare;
}

/** The place of a unit of a region. */
export function placeOf({ extents }: RegionUnits, unit: number): number {
  const extent = extents.findLast((each) => each.unit <= unit)!;
  return extent.at + unit - extent.unit;
}

/**
 * Calls `use` with the place of each unit that has memory which the program has advised not to be on huge pages (MADV_NOHUGEPAGE).
 * The kernel reads every page table of the process for it.
 */
export function eachWithoutHuge(managed: ManagedRegion, use: (place: number) => void): void {
  eachMarked(managed, 'nh', use);
}

/** Notes which units have locked memory (mlock). The kernel reads every page table of the process for it. */
export function noteLocked(managed: ManagedRegion, units: Units, any: boolean): void {
  if (!any && !managed.locked) return;
  for (const { at, length } of managed.units.extents) units.all.locked.fill(0, at, at + length);
  managed.locked = false;
  if (!any) return;
  eachMarked(managed, 'lo', (place) => {
    units.all.locked[place] = 1;
    managed.locked = true;
  });
}

/** Calls `use` with the place of each unit of which a mapping has a flag of /proc/self/smaps. */
function eachMarked(managed: ManagedRegion, flag: string, use: (place: number) => void): void {
  let index = 0;
  for (const { address, pages } of spansOf(managed.region)) {
    for (const [from, bytes] of markedRanges(flag, address, address + pages * PAGE_SIZE)) {
      const first = Math.floor((index + (from - address) / PAGE_SIZE) / PMD_PAGES);
      const last = Math.ceil((index + (from + bytes - address) / PAGE_SIZE) / PMD_PAGES);
      for (let unit = first; unit < Math.min(last, managed.units.units); unit++) {
        use(placeOf(managed.units, unit));
      }
    }
    index += pages;
  }
}
