import { PMD_SIZE } from '../../common/page.js';
import { RandomStream } from '../../common/random.js';
import type { WasmMemory } from '../../ferry/adoptable.js';
import { homeSlot, type JoinModule, openJoinModule, payloadOf, SLOT_BYTES } from './join-module.js';
import type { KnownProgram, ProgramMemory } from './known-program.js';
import { WeightedRanks, zipfShares } from './zipf.js';

/** Probes of a block. */
const BLOCK = 64;
/** One probe in this many is for a key that the table does not have. */
const MISS_EVERY = 16;
/** Keys that are probed for, at most. The generator's tables stay small. */
const PROBED_KEYS = 2 ** 18;
const ZIPF_EXPONENT = 1.2;
const UNIT_SLOTS_SHIFT = Math.log2(PMD_SIZE / SLOT_BYTES);

/**
 * A hash join: the smaller side is a hash table that fills the memory, half of its slots used. The rows of the other side
 * have keys by Zipf's law. The table hashes them, so the hot keys are spread over it.
 */
export class HashJoin implements KnownProgram {
  wrong = 0;
  readonly updates = 0;
  readonly #module: JoinModule;
  readonly #slots: number;
  readonly #keys: number;
  readonly #random: RandomStream;
  readonly #ranks: WeightedRanks;

  /** @param seed Of the rows. */
  constructor(memory: ProgramMemory, seed: number) {
    this.#module = openJoinModule(memory.memory);
    this.#slots = slotsOf(memory);
    this.#keys = keysOf(memory);
    this.#random = new RandomStream(seed);
    this.#ranks = new WeightedRanks(zipfShares(Math.min(PROBED_KEYS, this.#keys), ZIPF_EXPONENT));
  }

  block(counts: Uint32Array, row: number): number {
    for (let i = 1; i <= BLOCK; i++) {
      const known = this.#ranks.draw(this.#random) + 1;
      const miss = i % MISS_EVERY === 0;
      const key = miss ? this.#keys + known : known;
      counts[row + (homeSlot(key, this.#slots) >>> UNIT_SLOTS_SHIFT)]!++;
      if (this.#module.probe(key, this.#slots) !== (miss ? 0 : payloadOf(key))) this.wrong++;
    }
    return BLOCK;
  }
}

/** Builds the table in a memory of zeros. */
export function buildTable(memory: ProgramMemory): void {
  openJoinModule(memory.memory).build(1, keysOf(memory) + 1, slotsOf(memory));
}

/** Slots with a key that was not put there, and keys that are missing. */
export function damagedSlots(memory: ProgramMemory): number {
  const words = new Int32Array((memory.memory as WasmMemory).buffer, memory.origin, memory.bytes / 4);
  const keys = keysOf(memory);
  let [damaged, found, sum] = [0, 0, 0];
  for (let at = 0; at < words.length; at += SLOT_BYTES / 4) {
    const key = words[at]!;
    if (key === 0) continue;
    found++;
    sum += key;
    if (key < 0 || key > keys || words[at + 1] !== payloadOf(key)) damaged++;
  }
  const missing = Math.abs(keys - found);
  return damaged + missing + (missing === 0 && sum !== (keys * (keys + 1)) / 2 ? 1 : 0);
}

function slotsOf({ bytes }: ProgramMemory): number {
  return bytes / SLOT_BYTES;
}

function keysOf(memory: ProgramMemory): number {
  return slotsOf(memory) / 2;
}
