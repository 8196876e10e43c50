import { PMD_SIZE } from '../../common/page.js';
import { countUpdates, fillCounters, isPlausible } from '../harness/counters.js';
import type { KnownProgram, ProgramMemory } from './known-program.js';
import type { Places } from './places.js';

/** Accesses of a block. */
const BLOCK = 64;
/** Of so many accesses one is an update, in programs that write. A power of two. */
const WRITE_EVERY = 4;
const UNIT_WORDS_SHIFT = Math.log2(PMD_SIZE / 4);

/** Reads single words, and updates some of them. */
export class WordProgram implements KnownProgram {
  wrong = 0;
  updates = 0;
  readonly #words: Int32Array;
  readonly #places: Places;
  readonly #writes: boolean;

  constructor(memory: ProgramMemory, places: Places, writes: boolean) {
    this.#words = wordsOf(memory);
    this.#places = places;
    this.#writes = writes;
  }

  block(counts: Uint32Array, row: number, ms: number): number {
    const words = this.#words;
    const places = this.#places;
    const mask = this.#writes ? WRITE_EVERY - 1 : -1;
    places.begin(ms);
    for (let i = 1; i <= BLOCK; i++) {
      const place = places.next();
      counts[row + (place >>> UNIT_WORDS_SHIFT)]!++;
      let value: number;
      if ((i & mask) === 0) {
        value = Atomics.add(words, place, 1);
        this.updates++;
      } else value = words[place]!;
      if (!isPlausible(place, value)) this.wrong++;
    }
    return BLOCK;
  }
}

export function fillWords(memory: ProgramMemory): void {
  fillCounters(wordsOf(memory));
}

/** After `updates` of all threads: updates that are missing or were made twice, and words with impossible values. */
export function damagedWords(memory: ProgramMemory, updates: number): number {
  const { found, damaged } = countUpdates(wordsOf(memory), updates);
  return Math.abs(found - updates) + damaged;
}

function wordsOf({ memory, origin, bytes }: ProgramMemory): Int32Array {
  return new Int32Array(memory as SharedArrayBuffer, origin, bytes / 4);
}
