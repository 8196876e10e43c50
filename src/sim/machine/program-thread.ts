import { type AddressSpace, PTE_MIGRATION, PTE_NONE, TranslationBuffer } from './address-space.js';
import type { SimMachine } from './sim-machine.js';

/** The thread has to wait for the page. */
export const MUST_WAIT = -1;

/**
 * A thread of a program on its own processor, with the translations that it caches.
 * @see {@link Simulation} for an example
 */
export class ProgramThread {
  readonly #machine: SimMachine;
  readonly #space: AddressSpace;
  readonly #tlb = new TranslationBuffer();
  /** Whether its last access was to be a write. */
  #writes = false;

  /** A thread of the program whose address space this is. */
  constructor(machine: SimMachine, space: AddressSpace) {
    this.#machine = machine;
    this.#space = space;
    space.tlbs.push(this.#tlb);
  }

  /** The frame of a page that this thread reads; MUST_WAIT when the page is in flight, or there is no memory for it. */
  reach(page: number): number {
    this.#writes = false;
    return this.#tlb.get(page) ?? this.#walk(page);
  }

  /** Reaches a page to write: MUST_WAIT also for a write-protected page, unless a stale translation is writable. */
  reachToWrite(page: number): number {
    this.#writes = true;
    const known = this.#tlb.getWritable(page);
    if (known !== undefined) return known;
    const frame = this.#walk(page);
    if (frame === MUST_WAIT || this.#space.writeProtected[page] === 1) return MUST_WAIT;
    // The fault makes a copy of a shared page.
    this.#space.shared[page] = 0;
    this.#tlb.set(page, frame, true);
    return frame;
  }

  /** Called when the page is mapped again, or not write-protected any more. */
  wait(page: number, wake: () => void): void {
    this.#space.wait(page, wake, this.#writes);
  }

  /** The word of a page, or undefined if the thread has to wait. */
  read(page: number, word: number): number | undefined {
    const frame = this.reach(page);
    return frame === MUST_WAIT ? undefined : this.#machine.memory.content.get(frame, word);
  }

  /** Adds to a word. False when it has to wait; then nothing was added. */
  add(page: number, word: number, amount: number): boolean {
    const frame = this.reachToWrite(page);
    if (frame === MUST_WAIT) return false;
    const { content } = this.#machine.memory;
    content.set(frame, word, (content.get(frame, word) + amount) | 0);
    return true;
  }

  #walk(page: number): number {
    let frame = this.#space.table[page]!;
    if (frame === PTE_MIGRATION) return MUST_WAIT;
    if (frame === PTE_NONE && this.#space.registered[page] === 1) return MUST_WAIT;
    if (frame === PTE_NONE) frame = this.#machine.fault(this.#space, page);
    if (frame < 0) return MUST_WAIT;
    this.#space.accessed[page] = 1;
    const { writeProtected, shared } = this.#space;
    this.#tlb.set(page, frame, writeProtected[page] === 0 && shared[page] === 0);
    return frame;
  }
}
