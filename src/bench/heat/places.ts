import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import { RandomStream, sample, seededRandom } from '../../common/random.js';
import { HotSetPath, MOVE_MS } from './hot-set.js';
import { WeightedRanks, zipfShares } from './zipf.js';

/** Chooses the words of memory that a program accesses, one after the other. */
export interface Places {
  /** Called before each block of accesses, with the milliseconds since the program began. */
  begin(ms: number): void;
  /** Index of the next word. */
  next(): number;
}

const WORDS = { page: PAGE_SIZE / 4, unit: PMD_SIZE / 4, line: 16 } as const;
/** As YCSB's default. */
const ZIPF_EXPONENT = 0.99;
/** Accesses to the hot set, of 10. */
const HOT_OF_TEN = 9;

/** Every word alike. */
export class UniformPlaces implements Places {
  readonly #words: number;
  readonly #random: RandomStream;

  constructor(words: number, seed: number) {
    this.#words = words;
    this.#random = new RandomStream(seed);
  }

  begin(): void {}

  next(): number {
    return this.#random.below(this.#words);
  }
}

/** Pages by Zipf's law, and a random word of each. */
export class ZipfPlaces implements Places {
  readonly #random: RandomStream;
  readonly #ranks: WeightedRanks;
  /** The unit that has the pages of each 2 MiB of ranks. */
  readonly #unitOf: Int32Array;

  /**
   * @param order `ranks`: the most frequent page has the lowest address, and so on. `scattered`: each 2 MiB of that order
   * are at a random place, the same for every thread with this `layoutSeed`.
   */
  constructor(words: number, seed: number, order: 'ranks' | 'scattered', layoutSeed: number) {
    const units = words / WORDS.unit;
    this.#random = new RandomStream(seed);
    this.#ranks = new WeightedRanks(zipfShares(words / WORDS.page, ZIPF_EXPONENT));
    this.#unitOf =
      order === 'scattered'
        ? sample(seededRandom(layoutSeed), units, units)
        : Int32Array.from({ length: units }, (_, unit) => unit);
  }

  begin(): void {}

  next(): number {
    const rank = this.#ranks.draw(this.#random);
    const pages = WORDS.unit / WORDS.page;
    const page = this.#unitOf[Math.floor(rank / pages)]! * pages + (rank % pages);
    return page * WORDS.page + this.#random.below(WORDS.page);
  }
}

/** A hot set that moves gets 9 of 10 accesses. The others are to the rest of the memory. */
export class HotSetPlaces implements Places {
  readonly #random: RandomStream;
  readonly #path: HotSetPath;
  readonly #units: number;
  #moves = 0;
  #start: number;

  constructor(words: number, seed: number, layoutSeed: number) {
    this.#units = words / WORDS.unit;
    this.#random = new RandomStream(seed);
    this.#path = new HotSetPath(this.#units, layoutSeed);
    this.#start = this.#path.startAfter(0);
  }

  begin(ms: number): void {
    const moves = Math.floor(ms / MOVE_MS);
    if (moves === this.#moves) return;
    this.#moves = moves;
    this.#start = this.#path.startAfter(moves);
  }

  next(): number {
    const { length } = this.#path;
    let unit: number;
    if (this.#random.below(10) < HOT_OF_TEN) unit = this.#start + this.#random.below(length);
    else {
      unit = this.#random.below(this.#units - length);
      if (unit >= this.#start) unit += length;
    }
    return unit * WORDS.unit + this.#random.below(WORDS.unit);
  }
}

/** A word of each cache line, from the first to the last, again and again. */
export class ScanPlaces implements Places {
  readonly #words: number;
  #next: number;

  /** @param start Where it begins: a word of the memory. */
  constructor(words: number, start: number) {
    this.#words = words;
    this.#next = start;
  }

  begin(): void {}

  next(): number {
    const place = this.#next;
    this.#next = place + WORDS.line < this.#words ? place + WORDS.line : 0;
    return place;
  }
}
