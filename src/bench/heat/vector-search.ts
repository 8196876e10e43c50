import { PMD_SIZE } from '../../common/page.js';
import { RandomStream, sample, seededRandom } from '../../common/random.js';
import type { KnownProgram, ProgramMemory } from './known-program.js';
import { WeightedRanks, zipfShares } from './zipf.js';

const DIMENSIONS = 64;
/** Vectors of a list: 512 KiB of them. */
const LIST_VECTORS = 2048;
const LIST_FLOATS = LIST_VECTORS * DIMENSIONS;
const UNIT_LISTS = PMD_SIZE / (LIST_FLOATS * 4);
/** Lists that a query is compared with. */
const PROBES = 2;
/** Vectors of a block: 4 KiB. */
const BLOCK = 16;
/** The lists of queries: few are hot. */
const ZIPF_EXPONENT = 1.2;
/** Distance of a vector from the centroid of its list, in each dimension, at most. */
const NOISE = 0.125;

/**
 * An inverted-file search (IVF): vectors are in lists by their nearest centroid. A query is compared with all centroids, then
 * with the vectors of the nearest lists, by dot products. The centroids are in memory of their own.
 */
export class VectorSearch implements KnownProgram {
  wrong = 0;
  readonly updates = 0;
  /** The best match of the last query. */
  best = -1;
  bestScore = Number.NEGATIVE_INFINITY;
  readonly #vectors: Float32Array;
  readonly #centroids: Float32Array;
  readonly #random: RandomStream;
  readonly #ranks: WeightedRanks;
  readonly #listOf: Int32Array;
  readonly query = new Float32Array(DIMENSIONS);
  readonly lists = new Int32Array(PROBES);
  /** Index into `lists`, and of the next vector in that list. */
  #probe = PROBES;
  #next = 0;

  /** @param seed Of the queries. */
  constructor(memory: ProgramMemory, seed: number) {
    const lists = listsOf(memory);
    this.#vectors = vectorsOf(memory);
    this.#centroids = centroidsOf(memory);
    this.#random = new RandomStream(seed);
    this.#ranks = new WeightedRanks(zipfShares(lists, ZIPF_EXPONENT));
    this.#listOf = sample(seededRandom(memory.seed), lists, lists);
  }

  block(counts: Uint32Array, row: number): number {
    if (this.#probe === PROBES) {
      this.#begin();
      return 0;
    }
    const list = this.lists[this.#probe]!;
    const from = list * LIST_VECTORS + this.#next;
    this.#compare(from);
    counts[row + Math.floor(list / UNIT_LISTS)]! += BLOCK;
    this.#next += BLOCK;
    if (this.#next === LIST_VECTORS) {
      this.#next = 0;
      if (++this.#probe === PROBES) this.#check();
    }
    return BLOCK;
  }

  /** A new query: near the centroid of a list. Finds the lists to compare it with. */
  #begin(): void {
    const centre = this.#listOf[this.#ranks.draw(this.#random)]! * DIMENSIONS;
    for (let d = 0; d < DIMENSIONS; d++) {
      const noise = (this.#random.next() / 2 ** 32 - 0.5) * NOISE;
      this.query[d] = this.#centroids[centre + d]! + noise;
    }
    let [first, second] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let list = 0; list * DIMENSIONS < this.#centroids.length; list++) {
      const score = dot(this.query, this.#centroids, list * DIMENSIONS);
      if (score > first) {
        second = first;
        this.lists[1] = this.lists[0]!;
        first = score;
        this.lists[0] = list;
      } else if (score > second) {
        second = score;
        this.lists[1] = list;
      }
    }
    this.#probe = 0;
    this.bestScore = Number.NEGATIVE_INFINITY;
  }

  #compare(from: number): void {
    for (let vector = from; vector < from + BLOCK; vector++) {
      const score = dot(this.query, this.#vectors, vector * DIMENSIONS);
      if (score > this.bestScore) {
        this.bestScore = score;
        this.best = vector;
      }
    }
  }

  /** The score of the best match, from what its vector has to be. */
  #check(): void {
    let score = 0;
    const centre = Math.floor(this.best / LIST_VECTORS) * DIMENSIONS;
    for (let d = 0; d < DIMENSIONS; d++) {
      const value = Math.fround(this.#centroids[centre + d]! + noiseOf(this.best * DIMENSIONS + d));
      score += this.query[d]! * value;
    }
    if (score !== this.bestScore) this.wrong++;
  }
}

export function fillVectors(memory: ProgramMemory): void {
  const vectors = vectorsOf(memory);
  const centroids = centroidsOf(memory);
  for (let i = 0; i < vectors.length; i++) vectors[i] = elementAt(centroids, i);
}

/** Elements that are not what they were filled with. */
export function damagedVectors(memory: ProgramMemory): number {
  const vectors = vectorsOf(memory);
  const centroids = centroidsOf(memory);
  let damaged = 0;
  for (let i = 0; i < vectors.length; i++) if (vectors[i] !== elementAt(centroids, i)) damaged++;
  return damaged;
}

function dot(query: Float32Array, vectors: Float32Array, from: number): number {
  let sum = 0;
  for (let d = 0; d < DIMENSIONS; d++) sum += query[d]! * vectors[from + d]!;
  return sum;
}

/** The element at this index. */
function elementAt(centroids: Float32Array, i: number): number {
  const list = Math.floor(i / LIST_FLOATS);
  return Math.fround(centroids[list * DIMENSIONS + (i % DIMENSIONS)]! + noiseOf(i));
}

function noiseOf(i: number): number {
  return ((Math.imul(i + 1, 0x9e3779b1) >>> 0) / 2 ** 32 - 0.5) * NOISE;
}

function vectorsOf({ memory, origin, bytes }: ProgramMemory): Float32Array {
  return new Float32Array(memory as SharedArrayBuffer, origin, bytes / 4);
}

function centroidsOf(memory: ProgramMemory): Float32Array {
  const random = new RandomStream(memory.seed);
  return Float32Array.from({ length: listsOf(memory) * DIMENSIONS }, () => random.next() / 2 ** 32 - 0.5);
}

function listsOf({ bytes }: ProgramMemory): number {
  return (bytes / PMD_SIZE) * UNIT_LISTS;
}
