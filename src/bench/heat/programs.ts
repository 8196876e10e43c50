import { PAGE_SIZE } from '../../common/page.js';
import type { AdoptableBuffer, WasmMemory } from '../../ferry/adoptable.js';
import { buildTable, damagedSlots, HashJoin } from './hash-join.js';
import type { KnownProgram, ProgramMemory } from './known-program.js';
import type { ProgramName } from './options.js';
import { HotSetPlaces, ScanPlaces, UniformPlaces, ZipfPlaces } from './places.js';
import { damagedVectors, fillVectors, VectorSearch } from './vector-search.js';
import { damagedWords, fillWords, WordProgram } from './word-program.js';

/** WebAssembly's unit of memory. */
const WASM_PAGE = 65_536;

/** Memory for a program, with room for `bytes` from the first whole page on. */
export function allocateFor(name: ProgramName, bytes: number): AdoptableBuffer {
  if (name !== 'hash-join') return new SharedArrayBuffer(bytes + PAGE_SIZE);
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: {
      Memory: new (limits: { initial: number; maximum: number; shared: true }) => WasmMemory;
    };
  };
  const pages = bytes / WASM_PAGE;
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/** Gives the memory its content. It takes a second or more for each GiB. */
export function prepare(memory: ProgramMemory): void {
  if (memory.name === 'hash-join') buildTable(memory);
  else if (memory.name === 'vector-search') fillVectors(memory);
  else fillWords(memory);
}

/** A thread of the program. @param thread Its number. Each has accesses of its own. */
export function openProgram(memory: ProgramMemory, thread: number): KnownProgram {
  const { name, bytes, seed } = memory;
  const words = bytes / 4;
  const own = seed * 1000 + 1 + thread;
  switch (name) {
    case 'uniform':
      return new WordProgram(memory, new UniformPlaces(words, own), true);
    case 'zipf':
      return new WordProgram(memory, new ZipfPlaces(words, own, 'ranks', seed), true);
    case 'zipf-scattered':
      return new WordProgram(memory, new ZipfPlaces(words, own, 'scattered', seed), true);
    case 'hot-set':
      return new WordProgram(memory, new HotSetPlaces(words, own, seed), true);
    case 'scan':
      return new WordProgram(memory, new ScanPlaces(words, 0), false);
    case 'vector-search':
      return new VectorSearch(memory, own);
    case 'hash-join':
      return new HashJoin(memory, own);
  }
}

/** Once no thread runs: places of the memory that are not what they have to be after so many updates. */
export function damageOf(memory: ProgramMemory, updates: number): number {
  if (memory.name === 'hash-join') return damagedSlots(memory);
  return memory.name === 'vector-search' ? damagedVectors(memory) : damagedWords(memory, updates);
}
