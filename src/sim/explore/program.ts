import { type AddressSpace, PTE_MIGRATION } from '../machine/address-space.js';
import { MUST_WAIT, ProgramThread } from '../machine/program-thread.js';
import type { Simulation } from '../simulation.js';
import type { Steps } from './task.js';

/** Words of a page: what is counted up, and what never changes. */
const COUNTER = 0;
const MARK = 1;
/** Words that stand for a page's content. */
export const PROGRAM_WORDS = 2;

/** A program whose threads count in its pages and look whether they are the right ones; and what must be there in the end. */
export class Program {
  readonly space: AddressSpace;
  /** What a thread has read that was never there. */
  readonly wrongReads: string[] = [];
  /** Pages that its threads gave back. */
  readonly forgotten = new Set<number>();
  /** Is told what a thread of it, or a device, has just done. */
  onAct: ((act: string) => void) | undefined;
  readonly #sim: Simulation;
  readonly #counts: Int32Array;
  /** By page: its mark, 0 where a thread gave the page back and got another one. */
  readonly #marks: Int32Array;

  constructor(sim: Simulation, pages: number, order: number) {
    this.#sim = sim;
    this.space = sim.newSpace(0, pages);
    this.#counts = new Int32Array(pages);
    this.#marks = Int32Array.from({ length: pages }, (_, page) => page + 1);
    for (let page = 0; page < pages; page += 1 << order) sim.machine.fault(this.space, page, order);
    for (let page = 0; page < pages; page++)
      sim.memory.content.set(this.space.table[page]!, MARK, this.#marks[page]!);
  }

  /** A thread that adds to each of the pages in turn, `times` over. */
  *writer(pages: readonly number[], times: number): Steps {
    const thread = new ProgramThread(this.#sim.machine, this.space);
    for (let round = 0; round < times; round++) {
      for (const page of pages) {
        while (!thread.add(page, COUNTER, 1)) yield* this.#wait(thread, page);
        this.#counts[page]!++;
        this.onAct?.(`adds to page ${page}`);
        yield undefined;
      }
    }
  }

  /** A thread that reads: a page that is not the one at its address, or that has lost an addition, is wrong. */
  *reader(pages: readonly number[], times: number): Steps {
    const thread = new ProgramThread(this.#sim.machine, this.space);
    for (let round = 0; round < times; round++) {
      for (const page of pages) {
        let mark = thread.read(page, MARK);
        while (mark === undefined) {
          yield* this.#wait(thread, page);
          mark = thread.read(page, MARK);
        }
        const count = thread.read(page, COUNTER);
        this.onAct?.(`reads page ${page}`);
        if (mark !== this.#marks[page]) this.wrongReads.push(`page ${page} read as ${contentOf(page, mark)}`);
        else if (count !== this.#counts[page]) {
          this.wrongReads.push(`page ${page} read ${count} after ${additions(this.#counts[page]!)}`);
        }
        yield undefined;
      }
    }
  }

  /**
   * A device that was given each of the pages in turn to write to, as for direct I/O: it pins the page, and then writes to
   * the frame, whatever becomes of the mapping meanwhile.
   */
  *device(pages: readonly number[], writes: number): Steps {
    const { memory } = this.#sim;
    const thread = new ProgramThread(this.#sim.machine, this.space);
    for (const page of pages) {
      let frame = thread.reachToWrite(page);
      // Whoever pins it for writing waits as a writer does.
      while (frame === MUST_WAIT) {
        yield* this.#wait(thread, page);
        frame = thread.reachToWrite(page);
      }
      // A stale translation is not enough for a reference: the page table is walked.
      if (this.space.table[page] !== frame || this.space.writeProtected[page] === 1) continue;
      memory.pins[frame]!++;
      this.onAct?.(`pins page ${page}`);
      yield undefined;
      for (let write = 0; write < writes; write++) {
        memory.content.set(frame, COUNTER, memory.content.get(frame, COUNTER) + 1);
        this.#counts[page]!++;
        this.onAct?.(`adds to page ${page} by its pin`);
        yield undefined;
      }
      memory.pins[frame]!--;
      this.onAct?.(`unpins page ${page}`);
      yield undefined;
    }
  }

  /** A thread that gives each of the pages back (MADV_DONTNEED) and touches it anew: what was in it is gone. */
  *dropper(pages: readonly number[]): Steps {
    const thread = new ProgramThread(this.#sim.machine, this.space);
    for (const page of pages) {
      yield () => this.space.table[page] !== PTE_MIGRATION;
      this.#sim.machine.forget(this.space, page);
      this.#counts[page] = 0;
      this.#marks[page] = 0;
      this.onAct?.(`returns page ${page}`);
      yield undefined;
      while (!thread.add(page, COUNTER, 1)) yield* this.#wait(thread, page);
      this.#counts[page]!++;
      this.onAct?.(`touches page ${page} again`);
      yield undefined;
    }
  }

  /** Pages that do not hold what the program has left there. */
  *lost(): Generator<string> {
    for (let page = 0; page < this.space.pages; page++) {
      if (this.forgotten.has(page)) continue;
      const frame = this.space.table[page]!;
      const wrong = frame < 0 ? `page ${page} is not mapped` : this.wrongContent(page, frame);
      if (wrong !== undefined) yield wrong;
    }
  }

  /** What is wrong with the content of a frame that maps this page, between two steps; undefined when nothing is. */
  wrongContent(page: number, frame: number): string | undefined {
    const { content } = this.#sim.memory;
    const count = content.get(frame, COUNTER);
    const mark = content.get(frame, MARK);
    if (mark !== this.#marks[page]) return `page ${page} holds ${contentOf(page, mark)}`;
    if (count === this.#counts[page]) return undefined;
    return `page ${page}: ${additions(this.#counts[page]!)} made, ${count} found`;
  }

  *#wait(thread: ProgramThread, page: number): Steps {
    let woken = false;
    this.onAct?.(`has to wait for page ${page}`);
    thread.wait(page, () => {
      woken = true;
    });
    yield () => woken;
  }
}

/** What a mark that should not be there says about a page. */
function contentOf(page: number, mark: number): string {
  if (mark === 0) return 'zeros';
  return mark === page + 1 ? 'content from before it was dropped' : `page ${mark - 1}`;
}

function additions(count: number): string {
  return `${count} addition${count === 1 ? '' : 's'}`;
}
