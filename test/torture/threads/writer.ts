import { counterBase } from '../../ferry/support/content.js';
import { BLOCK_BYTES } from '../arena.js';
import type { Bench } from './thread.js';

const BURST = 500;
const BLOCK_WORDS = BLOCK_BYTES / 4;

/** Adds to counters all over the memory; keeps its own count for each block. */
export function write({ task, random, stopped, did }: Bench): Uint32Array[] {
  const memories = task.counters.map((memory) => new Int32Array(memory));
  const made = memories.map(({ byteLength }) => new Uint32Array(Math.ceil(byteLength / BLOCK_BYTES)));
  while (!stopped()) {
    const which = random(memories.length);
    const words = memories[which]!;
    const blocks = made[which]!;
    const half = words.length / 2;
    for (let i = 0; i < BURST; i++) {
      const at = random(half) * 2;
      if (Atomics.add(words, at, 1) < counterBase(at)) throw new Error(`counter ${at} of ${which} went back`);
      const block = Math.floor(at / BLOCK_WORDS);
      blocks[block] = blocks[block]! + 1;
    }
    did(BURST);
  }
  return made;
}
