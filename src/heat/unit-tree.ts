import { PAGE_SIZE, PMD_PAGES } from '../common/page.js';
import { UNIT_BYTES, UnitTable } from './unit-table.js';

/** Units into which one is split: 2 MiB into 256 KiB, 32 KiB and 4 KiB. */
export const FAN_OUT = 8;
/** Records of a region have at most this part of its bytes, with the byte of each page. */
const MAX_SHARE = 0.001;

/** Places of the figures of a unit. Sums are decayed, and those of now. */
export const UNIT = {
  /** Accesses per second and page. */
  perPage: 0,
  /** Milliseconds since the last access that was seen. NaN if none was. */
  ageMs: 1,
  observations: 2,
  /** Accesses that were seen. */
  touches: 3,
  /** Seconds for which a page of the unit was watched. */
  watched: 4,
  /** Those of `touches` whose kind is known, and those of them that were writes. */
  kinds: 5,
  writes: 6,
} as const;

/** A receiver of known units. */
export interface UnitVisitor {
  /**
   * @param page Index of the unit's first page in the region.
   * @param figures By the places of `UNIT`. The array is reused for the next unit.
   */
  unit(page: number, pages: number, figures: Float64Array): void;
}

/** The units of a region: 2 MiB each, some of them split. Split and merge keep the sums. */
export class UnitTree {
  readonly halfLifeNs: number;
  #pages: number;
  #roots: UnitTable;
  /** Smaller units, in groups of `FAN_OUT`. Group 0 is not used. */
  #parts: UnitTable;
  #groups: number;
  #used = 0;
  /** Groups from here on were never used. */
  #fresh = 1;
  /** The first group that is free again. `child` of a free group's first unit has the next. */
  #free = 0;
  // Of the walk in progress. In arrays, because V8 allocates memory for a fraction that is an argument.
  readonly #walkNs = new Float64Array(1);
  readonly #figures = new Float64Array(Object.keys(UNIT).length);

  constructor(pages: number, halfLifeNs: number) {
    this.halfLifeNs = halfLifeNs;
    this.#pages = pages;
    this.#roots = new UnitTable(blocksOf(pages));
    this.#groups = groupsFor(pages);
    this.#parts = new UnitTable((this.#groups + 1) * FAN_OUT);
  }

  get pages(): number {
    return this.#pages;
  }

  /** The units of 2 MiB. */
  get roots(): UnitTable {
    return this.#roots;
  }

  /** The smaller units. Those of group `g` begin at `g * FAN_OUT`. */
  get parts(): UnitTable {
    return this.#parts;
  }

  get blocks(): number {
    return blocksOf(this.#pages);
  }

  /** Used part of the room for smaller units, 0 to 1. */
  get fill(): number {
    return this.#groups === 0 ? 1 : this.#used / this.#groups;
  }

  get groups(): number {
    return this.#used;
  }

  /** Bytes of all arrays. */
  get memoryBytes(): number {
    return (this.#roots.length + this.#parts.length) * UNIT_BYTES;
  }

  /** Adds pages at the end. Nothing is known of them, and nothing any more of a last unit that was shorter than 2 MiB. */
  grow(pages: number): void {
    const last = Math.floor(this.#pages / PMD_PAGES);
    if (this.#pages % PMD_PAGES !== 0) this.clear(this.#roots, last);
    this.#pages = pages;
    const blocks = blocksOf(pages);
    // Doubled, because a WebAssembly memory may grow by 64 KiB at a time.
    if (blocks > this.#roots.length)
      this.#roots = this.#roots.grown(Math.max(blocks, 2 * this.#roots.length));
    const groups = groupsFor(pages);
    if (groups < this.#groups * 1.25) return;
    this.#parts = this.#parts.grown((groups + 1) * FAN_OUT);
    this.#groups = groups;
  }

  /** Pages of a unit of the span that begins at `page`: fewer at the end of the region. */
  pagesOf(page: number, span: number): number {
    return Math.min(span, this.#pages - page);
  }

  /** Pages of the unit that has this page, as a power of two. It begins at a multiple of that. */
  spanAt(page: number): number {
    let span = PMD_PAGES;
    let group = this.#roots.child[Math.floor(page / PMD_PAGES)] ?? 0;
    while (group !== 0) {
      span /= FAN_OUT;
      group = this.#parts.child[group * FAN_OUT + (Math.floor(page / span) % FAN_OUT)]!;
    }
    return span;
  }

  /** The factor of sums that have aged by `ns`. */
  decayed(ns: number): number {
    return ns > 0 ? Math.exp((-Math.LN2 * ns) / this.halfLifeNs) : 1;
  }

  /** Replaces a unit by `FAN_OUT` smaller ones, which share its sums by their pages. False if there is no room. */
  split(table: UnitTable, i: number, page: number, span: number): boolean {
    const group = this.#take();
    if (group === 0) return false;
    const part = span / FAN_OUT;
    const pages = this.pagesOf(page, span);
    for (let k = 0; k < FAN_OUT; k++) {
      const own = Math.max(0, this.pagesOf(page + k * part, part));
      const to = group * FAN_OUT + k;
      if (own === 0) this.#parts.clear(to);
      else table.share(i, this.#parts, to, own / pages);
    }
    table.clear(i);
    table.child[i] = group;
    return true;
  }

  /** Replaces the smaller units by one with their sums. None of them may be split. */
  merge(table: UnitTable, i: number): void {
    const group = table.child[i]!;
    const newest = this.newest(group);
    table.clear(i);
    for (let k = group * FAN_OUT; k < (group + 1) * FAN_OUT; k++) {
      if (this.#parts.observations[k] === 0) continue;
      table.add(i, this.#parts, k, this.decayed(newest - this.#parts.seenAt[k]!));
    }
    table.seenAt[i] = newest;
    this.#release(group);
  }

  /** End of the last watch of any unit of a group, ns. */
  newest(group: number): number {
    let newest = 0;
    for (let k = group * FAN_OUT; k < (group + 1) * FAN_OUT; k++) {
      newest = Math.max(newest, this.#parts.seenAt[k]!);
    }
    return newest;
  }

  /** Forgets a unit and all smaller ones in it. */
  clear(table: UnitTable, i: number): void {
    const group = table.child[i]!;
    if (group !== 0) {
      for (let k = 0; k < FAN_OUT; k++) this.clear(this.#parts, group * FAN_OUT + k);
      this.#release(group);
    }
    table.clear(i);
  }

  /** Visits the known units in order, of the blocks that have pages in a range. */
  walk(visitor: UnitVisitor, atNs: number, fromPage: number, toPage: number): void {
    this.#walkNs[0] = atNs;
    const end = Math.min(this.blocks, blocksOf(toPage));
    for (let block = Math.floor(fromPage / PMD_PAGES); block < end; block++) {
      this.#walk(visitor, this.#roots, block, block * PMD_PAGES, PMD_PAGES);
    }
  }

  #walk(visitor: UnitVisitor, table: UnitTable, i: number, page: number, span: number): void {
    const group = table.child[i]!;
    if (group !== 0) {
      const part = span / FAN_OUT;
      for (let k = 0; k < FAN_OUT; k++) {
        this.#walk(visitor, this.#parts, group * FAN_OUT + k, page + k * part, part);
      }
      return;
    }
    if (table.observations[i] === 0) return;
    const now = this.#walkNs[0]!;
    const factor = this.decayed(now - table.seenAt[i]!);
    const touchedAt = table.touchedAt[i]!;
    const figures = this.#figures;
    figures[UNIT.perPage] = table.touches[i]! / table.watched[i]!;
    figures[UNIT.ageMs] = touchedAt === 0 ? Number.NaN : Math.max(0, now - touchedAt) / 1e6;
    figures[UNIT.observations] = table.observations[i]! * factor;
    figures[UNIT.touches] = table.touches[i]! * factor;
    figures[UNIT.watched] = table.watched[i]! * factor;
    figures[UNIT.kinds] = table.kinds[i]! * factor;
    figures[UNIT.writes] = table.writes[i]! * factor;
    visitor.unit(page, this.pagesOf(page, span), figures);
  }

  /** A group for smaller units, or 0. */
  #take(): number {
    let group = this.#free;
    if (group !== 0) {
      this.#free = this.#parts.child[group * FAN_OUT]!;
    } else {
      if (this.#fresh > this.#groups) return 0;
      group = this.#fresh++;
    }
    this.#used++;
    return group;
  }

  #release(group: number): void {
    for (let k = group * FAN_OUT; k < (group + 1) * FAN_OUT; k++) this.#parts.clear(k);
    this.#parts.child[group * FAN_OUT] = this.#free;
    this.#free = group;
    this.#used--;
  }
}

function blocksOf(pages: number): number {
  return Math.ceil(pages / PMD_PAGES);
}

/** Groups for which a region of this size has room beside its bytes and its units of 2 MiB, which may be doubled. */
function groupsFor(pages: number): number {
  const room = pages * PAGE_SIZE * MAX_SHARE - pages - (2 * blocksOf(pages) + FAN_OUT) * UNIT_BYTES;
  return Math.max(0, Math.floor(room / (FAN_OUT * UNIT_BYTES)));
}
