import type { AddressSpace } from '../machine/address-space.js';
import { ProgramThread } from '../machine/program-thread.js';
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
  readonly #sim: Simulation;
  readonly #counts: Int32Array;

  constructor(sim: Simulation, pages: number, order: number) {
    this.#sim = sim;
    this.space = sim.newSpace(0, pages);
    this.#counts = new Int32Array(pages);
    for (let page = 0; page < pages; page += 1 << order) sim.machine.fault(this.space, page, order);
    for (let page = 0; page < pages; page++) sim.memory.content.set(this.space.table[page]!, MARK, page + 1);
  }

  /** A thread that adds to each of the pages in turn, `times` over. */
  *writer(pages: readonly number[], times: number): Steps {
    const thread = new ProgramThread(this.#sim.machine, this.space);
    for (let round = 0; round < times; round++) {
      for (const page of pages) {
        while (!thread.add(page, COUNTER, 1)) yield* this.#wait(thread, page);
        this.#counts[page]!++;
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
        if (mark !== page + 1) this.wrongReads.push(`page ${page} read as page ${mark - 1}`);
        else if (count !== this.#counts[page]) {
          this.wrongReads.push(`page ${page} read ${count} after ${this.#counts[page]} additions`);
        }
        yield undefined;
      }
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
    if (mark !== page + 1) return `page ${page} holds ${mark === 0 ? 'zeros' : `page ${mark - 1}`}`;
    if (count === this.#counts[page]) return undefined;
    return `page ${page}: ${this.#counts[page]} additions made, ${count} found`;
  }

  *#wait(thread: ProgramThread, page: number): Steps {
    let woken = false;
    thread.wait(page, () => {
      woken = true;
    });
    yield () => woken;
  }
}
