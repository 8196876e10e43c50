import type { WasmMemory } from '../../ferry/adoptable.js';
import type { ProgramName } from './options.js';

/** The memory of a program, for all its threads. */
export interface ProgramMemory {
  readonly name: ProgramName;
  readonly memory: SharedArrayBuffer | WasmMemory;
  /** The bytes that are used: `bytes` from this offset on. They are the units of a region that has adopted the memory. */
  readonly origin: number;
  /** A multiple of 2 MiB. */
  readonly bytes: number;
  /** The layout of the memory and the hot set's places, the same for all threads. */
  readonly seed: number;
}

/** A thread of a program. It knows which unit each of its accesses is to. */
export interface KnownProgram {
  /**
   * Accesses memory some tens of times. Adds the accesses of each unit to `counts`, from index `row` on. Returns their number: 0
   * after work on other memory only. It allocates no memory.
   * @param ms Since the program began.
   */
  block(counts: Uint32Array, row: number, ms: number): number;
  /** Accesses that found something else than what is there. */
  readonly wrong: number;
  /** Words that were incremented. */
  readonly updates: number;
}
