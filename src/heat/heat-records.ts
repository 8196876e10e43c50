import { checkInteger } from '../common/check-options.js';
import { describe } from '../common/describe-value.js';
import { invalidArgument } from '../common/migration-error.js';
import { PMD_PAGES } from '../common/page.js';
import { growSharedMemory, sharedMemory } from '../common/shared-memory.js';
import { AdviceRecords } from './advice.js';
import { UNKNOWN_BYTE } from './heat-byte.js';
import { type AccessSink, KIND_UNKNOWN, KIND_WRITE, TOUCHED_SOMETIME, UNTOUCHED } from './observation.js';
import { publishUnit, UnitAdapter } from './unit-adapter.js';
import type { UnitTable } from './unit-table.js';
import { FAN_OUT, UnitTree, type UnitVisitor } from './unit-tree.js';

export interface HeatRecordsOptions {
  /** Base pages of the region, from 1. */
  readonly pages: number;
  /** Pages to which the region may grow. @defaultValue `pages` */
  readonly maxPages?: number;
  /** Time after which an observation has half its weight, ms above 0. @defaultValue 2000 */
  readonly halfLifeMs?: number;
  /** A unit that was not watched for so long is unknown again, ms above 0. @defaultValue 60000, or 6 half-lives if longer */
  readonly forgetMs?: number;
  /** Pages of the smallest unit that the source can watch: 1, 8, 64 or 512. Smaller units are not made. @defaultValue 1 */
  readonly minUnitPages?: number;
  /** The program's advice on the region. Several records of a region share it. @defaultValue none */
  readonly advice?: AdviceRecords;
}

export interface HeatStats {
  /** Bytes of all records, published ones included, without what the program says. */
  readonly memoryBytes: number;
  /** Groups of eight units into which larger ones were split. */
  readonly groups: number;
  /** Observations that were ignored: outside of the region, or without a time. */
  readonly rejected: number;
}

/** A page count of 16 TiB. Numbers of pages and bytes stay exact far beyond it. */
const MAX_PAGES = 2 ** 32;
const MAX_MS = 1e12;
/** The time of an access is not known better than this, in seconds. It bounds rates to a million a second. */
const MIN_WATCH = 1e-6;
/** End of the watch, and time of the access, ns. Publishing a unit reads the first one. */
const END = 0;
const ACCESS = 1;
/** Seconds for which an access could have been seen. */
const SECONDS = 2;
/** Accesses per second of the known units in the observation, and the same by smoothed rates. */
const RATE = 3;
const SMOOTH = 4;
/** The largest weight of a known unit: its smoothed rate, times its pages in the observation. */
const LARGEST = 5;
/** The part of the access that a unit gets. */
const PART = 6;
/** Observations of a known unit, however long ago they were: 0 would make it unknown. */
const MIN_OBSERVATIONS = 1e-30;
const OPERATION = 'heat';

/**
 * The accesses to a region, as far as they are known. One thread writes it. `bytes` is in shared memory and has a byte for each page
 * (heat-byte.ts), which any thread may read at any time.
 *
 * The rate of a unit is the number of accesses divided by the time in which they could have been seen, both decayed. For a
 * Poisson process this is the maximum-likelihood estimate, also if watches end without an access (censoring). Accesses at
 * an unknown time, or in an unknown unit, get their expected time and share by the rates so far (expectation maximization).
 * A unit's accesses are taken as spread evenly over its pages.
 */
export class HeatRecords implements AccessSink {
  /** The program's advice on the region's pages. */
  readonly advice: AdviceRecords;
  readonly #tree: UnitTree;
  readonly #adapter: UnitAdapter;
  readonly #maxPages: number;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  #rejected = 0;

  // The observation in progress.
  #from = 0;
  #to = 0;
  #kind = 0;
  #touched = false;
  /** Whether the accesses were counted page by page, so that each unit gets as many as it has pages. */
  #counted = false;
  /** Whether its access was most likely in the unit in progress. */
  #likeliest = false;
  /** Its times and rates, by the constants above. In an array, because V8 allocates memory for a fraction in a field. */
  readonly #now = new Float64Array(7);
  /** Its pages in units that are known, and in others. */
  #known = 0;
  #unknown = 0;

  /** @throws MigrationError EINVAL that names the option. */
  constructor(options: HeatRecordsOptions) {
    const { pages, maxPages = pages, halfLifeMs = 2000, minUnitPages = 1 } = options;
    checkInteger(OPERATION, 'options.pages', pages, 1, MAX_PAGES);
    checkInteger(OPERATION, 'options.maxPages', maxPages, pages, MAX_PAGES);
    checkMs('options.halfLifeMs', halfLifeMs);
    const { forgetMs = Math.max(60_000, 6 * halfLifeMs) } = options;
    checkMs('options.forgetMs', forgetMs);
    if (![1, 8, 64, PMD_PAGES].includes(minUnitPages)) {
      throw invalidArgument(
        OPERATION,
        'options.minUnitPages',
        `must be 1, 8, 64 or 512, not ${describe(minUnitPages)}`,
      );
    }
    this.#tree = new UnitTree(pages, halfLifeMs * 1e6);
    this.#maxPages = maxPages;
    this.advice = options.advice ?? new AdviceRecords();
    this.#bytes = new Uint8Array(sharedMemory(pages, maxPages));
    this.#adapter = new UnitAdapter(this.#tree, this.#bytes, forgetMs * 1e6, minUnitPages);
  }

  /** The byte of each page. Its length follows the region's. */
  get bytes(): Uint8Array<SharedArrayBuffer> {
    return this.#bytes;
  }

  get pages(): number {
    return this.#tree.pages;
  }

  get stats(): HeatStats {
    const memoryBytes = this.#tree.memoryBytes + this.#bytes.length;
    return { memoryBytes, groups: this.#tree.groups, rejected: this.#rejected };
  }

  /**
   * Pages of the unit that `page` is in: a power of two from 1 to 512, at a multiple of its size. A source that watches it
   * as a whole improves the records where they are worth it.
   */
  unitPages(page: number): number {
    return this.#tree.spanAt(page);
  }

  /** The region has grown to `pages`. @throws MigrationError EINVAL for fewer pages, or more than `maxPages`. */
  grow(pages: number): void {
    checkInteger(OPERATION, 'pages', pages, this.pages, this.#maxPages);
    if (pages === this.pages) return;
    const partial = this.pages - (this.pages % PMD_PAGES);
    this.#bytes.fill(UNKNOWN_BYTE, partial);
    this.#tree.grow(pages);
    growSharedMemory(this.#bytes.buffer, pages);
  }

  observe(
    page: number,
    pages: number,
    watchedNs: number,
    touchedAfterNs: number,
    atNs: number,
    kind: number,
    _thread: number,
  ): void {
    const to = Math.min(page + pages, this.pages);
    const timed = touchedAfterNs >= 0;
    const valid = timed || touchedAfterNs === UNTOUCHED || touchedAfterNs === TOUCHED_SOMETIME;
    if (!(page >= 0 && page < to && watchedNs > 0 && atNs > 0 && valid && atNs + watchedNs < 2 ** 63)) {
      this.#rejected++;
      return;
    }
    this.#from = Math.floor(page);
    this.#to = to;
    this.#kind = kind;
    this.#touched = touchedAfterNs !== UNTOUCHED;
    const now = this.#now;
    const ns = timed ? touchedAfterNs : watchedNs;
    now[END] = now[ACCESS] = atNs + ns;
    now[SECONDS] = ns / 1e9;
    const first = Math.floor(this.#from / PMD_PAGES);
    const end = Math.ceil(to / PMD_PAGES);
    if (this.#touched) {
      now[RATE] = now[SMOOTH] = now[LARGEST] = this.#known = this.#unknown = 0;
      for (let block = first; block < end; block++)
        this.#weigh(this.#tree.roots, block, block * PMD_PAGES, PMD_PAGES);
      if (!timed) {
        const all = this.#known === 0 ? 0 : (now[RATE]! * (this.#known + this.#unknown)) / this.#known;
        now[SECONDS] = expectedFirst(all, now[SECONDS]!);
        // The time from the last access to the end has the same distribution.
        now[ACCESS] = now[END]! - now[SECONDS]! * 1e9;
      }
    }
    now[SECONDS] = Math.max(now[SECONDS]!, MIN_WATCH);
    this.#recordAll();
  }

  /**
   * Like `observe`, by a source that counts accessed pages: `accessed` of the `pages` were accessed within `watchedNs`.
   * Accesses that hit pages at random leave exp(-accesses / pages) of them untouched, from which their number follows. If
   * every page was accessed, it is a lower bound.
   */
  observePages(
    page: number,
    pages: number,
    watchedNs: number,
    accessed: number,
    atNs: number,
    kind: number,
  ): void {
    const to = page + pages;
    const valid = accessed >= 0 && accessed <= pages && atNs + watchedNs < 2 ** 63;
    if (!(page >= 0 && pages > 0 && to <= this.pages && watchedNs > 0 && atNs > 0 && valid)) {
      this.#rejected++;
      return;
    }
    this.#from = page;
    this.#to = to;
    this.#kind = kind;
    this.#touched = accessed > 0;
    this.#likeliest = this.#touched;
    this.#counted = true;
    const now = this.#now;
    now[END] = now[ACCESS] = atNs + watchedNs;
    now[SECONDS] = Math.max(watchedNs / 1e9, MIN_WATCH);
    // Half a page less than all, so that it is finite.
    now[RATE] = -Math.log1p(-Math.min(accessed, pages - 0.5) / pages);
    this.#recordAll();
    this.#counted = false;
  }

  /**
   * Decays the published bytes, forgets units that were not watched for long, splits hot units and merges cold ones. It
   * visits up to `blocks` units of 2 MiB, and continues with the next ones in the next call.
   * @param blocks @defaultValue all of the region
   */
  adapt(atNs: number, blocks: number = this.#tree.blocks): void {
    this.#adapter.adapt(atNs, blocks);
  }

  /**
   * Visits the known units in order, with their sums at `atNs`. With `fromPage` and `toPage` only those of the blocks of
   * 2 MiB that have pages in that range.
   */
  walk(visitor: UnitVisitor, atNs: number, fromPage = 0, toPage: number = this.pages): void {
    this.#tree.walk(visitor, atNs, fromPage, toPage);
  }

  /** Pages of a unit that are in the observation. */
  #overlap(page: number, span: number): number {
    return Math.min(page + span, this.#to) - Math.max(page, this.#from);
  }

  /** The first of the parts of a unit that are in the observation, and the end of them. */
  #firstOf(page: number, part: number): number {
    return Math.max(0, Math.floor((this.#from - page) / part));
  }

  #endOf(page: number, part: number): number {
    return Math.min(FAN_OUT, Math.ceil((this.#to - page) / part));
  }

  /** Adds up the rates in the observation. */
  #weigh(table: UnitTable, i: number, page: number, span: number): void {
    const overlap = this.#overlap(page, span);
    if (overlap <= 0) return;
    const group = table.child[i]!;
    if (group !== 0) {
      const part = span / FAN_OUT;
      const end = this.#endOf(page, part);
      for (let k = this.#firstOf(page, part); k < end; k++)
        this.#weigh(this.#tree.parts, group * FAN_OUT + k, page + k * part, part);
    } else if (table.observations[i] === 0) {
      this.#unknown += overlap;
    } else {
      this.#now[RATE]! += (table.touches[i]! / table.watched[i]!) * overlap;
      const weight = smoothed(table, i) * overlap;
      this.#now[SMOOTH]! += weight;
      this.#now[LARGEST] = Math.max(this.#now[LARGEST]!, weight);
      this.#known += overlap;
    }
  }

  /** Adds the observation to all its units. */
  #recordAll(): void {
    const end = Math.ceil(this.#to / PMD_PAGES);
    for (let block = Math.floor(this.#from / PMD_PAGES); block < end; block++)
      this.#record(this.#tree.roots, block, block * PMD_PAGES, PMD_PAGES);
  }

  /** Adds each unit's part of the observation. */
  #record(table: UnitTable, i: number, page: number, span: number): void {
    const overlap = this.#overlap(page, span);
    if (overlap <= 0) return;
    const group = table.child[i]!;
    if (group !== 0) {
      const part = span / FAN_OUT;
      const end = this.#endOf(page, part);
      for (let k = this.#firstOf(page, part); k < end; k++)
        this.#record(this.#tree.parts, group * FAN_OUT + k, page + k * part, part);
      return;
    }
    if (this.#counted) this.#now[PART] = this.#now[RATE]! * overlap;
    else this.#now[PART] = this.#touched ? this.#partOf(table, i, overlap) : 0;
    this.#add(table, i, overlap);
    publishUnit(this.#bytes, this.#tree, table, i, page, span, this.#now);
  }

  /** The probability that the access was in this unit, and whether it was most likely there. */
  #partOf(table: UnitTable, i: number, overlap: number): number {
    this.#likeliest = true;
    if (overlap === this.#known + this.#unknown) return 1;
    const smooth = this.#now[SMOOTH]!;
    const mean = this.#known === 0 ? 1 : smooth / this.#known;
    const known = table.observations[i] !== 0;
    const weight = (known ? smoothed(table, i) : mean) * overlap;
    const part = weight / (smooth + mean * this.#unknown);
    this.#likeliest = part > 0.5 || (known && weight === this.#now[LARGEST]!);
    // Of several, only the first: an access counts once.
    if (this.#likeliest) this.#now[LARGEST] = Number.POSITIVE_INFINITY;
    return part;
  }

  #add(table: UnitTable, i: number, overlap: number): void {
    const end = this.#now[END]!;
    const touch = this.#now[PART]!;
    let weight = 1;
    if (table.observations[i] === 0) table.seenAt[i] = end;
    else if (end < table.seenAt[i]!) weight = this.#tree.decayed(table.seenAt[i]! - end);
    else table.decay(i, this.#tree.decayed(end - table.seenAt[i]!), end);
    table.watched[i]! += weight * this.#now[SECONDS]! * overlap;
    const part = (weight * overlap) / (this.#to - this.#from);
    table.observations[i] = Math.max(MIN_OBSERVATIONS, table.observations[i]! + part);
    if (touch === 0) return;
    table.touches[i]! += weight * touch;
    if (this.#kind !== KIND_UNKNOWN) table.kinds[i]! += weight * touch;
    if (this.#kind === KIND_WRITE) table.writes[i]! += weight * touch;
    if (this.#likeliest) table.touchedAt[i] = Math.max(table.touchedAt[i]!, this.#now[ACCESS]!);
  }
}

/** The rate of a unit with half an access more, so that a unit without accesses can get a share of one. */
function smoothed(table: UnitTable, i: number): number {
  return (table.touches[i]! + 0.5) / table.watched[i]!;
}

/** The expected time of the first access within `seconds` in which there was one, at `rate` accesses per second. */
function expectedFirst(rate: number, seconds: number): number {
  const x = rate * seconds;
  return x < 1e-4 ? seconds / 2 : seconds * (1 / x - 1 / Math.expm1(x));
}

function checkMs(argument: string, value: unknown): void {
  if (typeof value === 'number' && value > 0 && value <= MAX_MS) return;
  throw invalidArgument(OPERATION, argument, `must be from above 0 to ${MAX_MS} ms, not ${describe(value)}`);
}
