import { counterBase, fillCounters } from '../ferry/support/content.js';

/** Bytes for which writers keep a count of their own. */
export const BLOCK_BYTES = 4096;

/**
 * Memory that threads use all the time: they count, keep records, or give pages back. Movers adopt and release it.
 */
export interface Arena {
  readonly name: string;
  readonly memory: SharedArrayBuffer;
  readonly content: 'counters' | 'records' | 'given';
}

export interface Counted {
  readonly found: number;
  readonly made: number;
  readonly damaged: readonly string[];
}

export function counterArena(name: string, bytes: number): Arena {
  const memory = new SharedArrayBuffer(bytes);
  fillCounters(memory);
  return { name, memory, content: 'counters' };
}

/**
 * Compares counters with what the writers say that they have added, block by block: a lost page cannot be made up for
 * by another one.
 * @param made for each writer what it has added to each block.
 */
export function countUpdates({ name, memory }: Arena, made: readonly Uint32Array[]): Counted {
  const words = new Int32Array(memory);
  const perBlock = BLOCK_BYTES / 4;
  const damaged: string[] = [];
  let foundInAll = 0;
  let madeInAll = 0;
  for (let block = 0; block * perBlock < words.length; block++) {
    const end = Math.min(words.length, (block + 1) * perBlock);
    let found = 0;
    for (let i = block * perBlock; i < end; i++) {
      const more = words[i]! - counterBase(i);
      found += more;
      if (more < 0 || (i % 2 === 1 && more !== 0)) damaged.push(`${name}: word ${i} holds ${words[i]}`);
    }
    const expected = made.reduce((sum, blocks) => sum + blocks[block]!, 0);
    if (found !== expected) {
      damaged.push(`${name}: bytes from ${block * BLOCK_BYTES} hold ${found} updates, not ${expected}`);
    }
    foundInAll += found;
    madeInAll += expected;
  }
  return { found: foundInAll, made: madeInAll, damaged };
}
