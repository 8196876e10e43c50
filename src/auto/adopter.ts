import { createRequire } from 'node:module';
import { MigrationError } from '../common/migration-error.js';
import type { AdoptableBuffer } from '../ferry/adoptable.js';
import type { Ferry } from '../ferry/ferry.js';
import type { Region } from '../ferry/region.js';
import type { LargeMemoriesModule } from './preload/large-memories.cjs';

/** CommonJS, because a preloaded module has to be. All users of a thread get the same one. */
export const { findLargeMemories, bytesOf } = createRequire(import.meta.url)(
  './preload/large-memories.cjs',
) as LargeMemoriesModule;

/**
 * Memories that were not adopted, by the reason.
 *
 * @see {@link wasm!adoptMemories | adoptMemories} for an example
 */
export interface RefusedMemories {
  /** The code of the error, such as EOPNOTSUPP for memory that V8 may have to move. */
  readonly code: string;
  /** The message of the first one. */
  readonly why: string;
  /** Memories with this code. */
  readonly count: number;
}

/** Adopts memories weakly. An error of one is counted, and the others are adopted. */
export class Adopter {
  readonly #ferry: Ferry;
  readonly #minBytes: number;
  readonly #refused = new Map<string, { readonly why: string; count: number }>();
  #adopted = 0;
  #bytes = 0;

  constructor(ferry: Ferry, minBytes: number) {
    this.#ferry = ferry;
    this.#minBytes = minBytes;
  }

  /** Memories that were adopted, and their bytes at that time. */
  get adopted(): { readonly count: number; readonly bytes: number } {
    return { count: this.#adopted, bytes: this.#bytes };
  }

  get refused(): readonly RefusedMemories[] {
    return [...this.#refused].map(([code, { why, count }]) => ({ code, why, count }));
  }

  /** Undefined if the memory is too small, or is another thread's, or cannot be adopted. */
  adopt(memory: object): Region | undefined {
    const bytes = bytesOf(memory);
    if (bytes < this.#minBytes) return undefined;
    try {
      const region = this.#ferry.adopt(memory as AdoptableBuffer, { reference: 'weak' });
      this.#adopted++;
      this.#bytes += bytes;
      return region;
    } catch (error) {
      this.#refuse(error);
      return undefined;
    }
  }

  #refuse(error: unknown): void {
    const code = error instanceof MigrationError ? error.code : 'EIO';
    // A shared memory is adopted by the thread that has made it.
    if (code === 'EBUSY') return;
    const known = this.#refused.get(code) ?? { why: (error as Error).message, count: 0 };
    known.count++;
    this.#refused.set(code, known);
  }
}
