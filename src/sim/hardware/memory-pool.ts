import { type MemoryOptions, PhysicalMemory } from './physical-memory.js';

/** Memories that a pool keeps. Those of 1 GiB with all 4 KiB of every page take 2 GiB each. */
const KEPT = 2;

/**
 * Memory of simulated machines that have ended, for later machines of the same size. To clear it takes a small part of the
 * time that new memory takes, with its page faults and its garbage.
 * @see {@link moveSimulator} for an example of what it is for
 */
export class MemoryPool {
  readonly #free: PhysicalMemory[] = [];

  /** Memory as new. */
  take(options: MemoryOptions): PhysicalMemory {
    const at = this.#free.findIndex((memory) => fits(memory, options));
    if (at < 0) return new PhysicalMemory(options);
    const [memory] = this.#free.splice(at, 1);
    memory!.reset();
    return memory!;
  }

  /** Takes memory back. Nothing may use it any more. */
  give(memory: PhysicalMemory): void {
    this.#free.push(memory);
    if (this.#free.length > KEPT) this.#free.shift();
  }
}

function fits({ zones, content }: PhysicalMemory, { nodePages, words }: MemoryOptions): boolean {
  return (
    content.words === words &&
    zones.length === nodePages.length &&
    zones.every(({ pages }, node) => pages === nodePages[node])
  );
}
