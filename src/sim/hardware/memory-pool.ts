import { type MemoryOptions, PhysicalMemory } from './physical-memory.js';

/**
 * Memory of simulated machines that have ended, for later machines of the same size. To clear it takes a small part of the
 * time that new memory takes, with its page faults and its garbage.
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
  }
}

function fits({ zones, content }: PhysicalMemory, { nodePages, words }: MemoryOptions): boolean {
  return (
    content.words === words &&
    zones.length === nodePages.length &&
    zones.every(({ pages }, node) => pages === nodePages[node])
  );
}
