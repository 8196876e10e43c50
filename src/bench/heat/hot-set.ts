import { RandomStream } from '../../common/random.js';
import { HOT_SHARE } from './options.js';

/** Milliseconds after which the hot set moves. */
export const MOVE_MS = 5000;

/** The number of units that are the hottest `HOT_SHARE`, rounded as `hottest` (heat/hottest.ts) does. */
export function hotUnits(units: number): number {
  return Math.max(1, Math.round(units * HOT_SHARE));
}

/**
 * The places of a hot set that moves: adjacent units, at a random place each time. A set has no unit of the set before it.
 * All threads that know the seed know the places.
 */
export class HotSetPath {
  /** Units of the set. */
  readonly length: number;
  readonly #units: number;
  readonly #random: RandomStream;
  readonly #starts: number[] = [];

  /** @param units Of the memory: at least 2, so that there is another place. */
  constructor(units: number, seed: number) {
    this.#units = units;
    this.length = hotUnits(units);
    this.#random = new RandomStream(seed);
  }

  /** The first unit of the set after a number of moves. */
  startAfter(moves: number): number {
    while (this.#starts.length <= moves) this.#starts.push(this.#next(this.#starts.at(-1)));
    return this.#starts[moves]!;
  }

  #next(before: number | undefined): number {
    const places = this.#units - this.length + 1;
    for (;;) {
      const start = this.#random.below(places);
      if (before === undefined || Math.abs(start - before) >= this.length) return start;
    }
  }
}
