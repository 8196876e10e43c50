import { type AddressSpace, PTE_MIGRATION } from '../machine/address-space.js';
import { MUST_WAIT, ProgramThread } from '../machine/program-thread.js';
import type { Simulation } from '../simulation.js';
import type { Steps } from './task.js';

/** Words of a page: a counter, and a constant mark. */
const COUNTER = 0;
const MARK = 1;
/** Words that stand for a page's content. */
export const PROGRAM_WORDS = 2;

/** A program whose threads count in its pages, and check the pages' marks; and the expected content. */
export class Program {
  readonly space: AddressSpace;
  /** Reads of wrong content. */
  readonly wrongReads: string[] = [];
  /** Pages that were unmapped. */
  readonly forgotten = new Set<number>();
  /** Receives the acts of its threads and of devices. */
  onAct: ((act: string) => void) | undefined;
  readonly #sim: Simulation;
  readonly #counts: Int32Array;
  /** The mark of each page. 0 after a thread dropped the page and touched it again. */
  readonly #marks: Int32Array;

  constructor(sim: Simulation, pages: number, order: number) {
    this.#sim = sim;
    this.space = sim.newSpace(0, pages);
    this.#counts = new Int32Array(pages);
    this.#marks = new Int32Array(pages);
    for (let page = 0; page < pages; page++) this.#marks[page] = page + 1;
    for (let page = 0; page < pages; page += 1 << order) sim.machine.fault(this.space, page, order);
    for (let page = 0; page < pages; page++)
      sim.memory.content.set(this.space.table[page]!, MARK, this.#marks[page]!);
  }

  /** A thread that adds to each of the pages, `times` times. */
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

  /** A thread that reads each of the pages, and checks mark and counter. */
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

  /** A device that writes to each of the pages, as direct I/O does. It pins the page, and writes to its frame by the pin. */
  *device(pages: readonly number[], writes: number): Steps {
    const { memory } = this.#sim;
    const thread = new ProgramThread(this.#sim.machine, this.space);
    for (const page of pages) {
      let frame = thread.reachToWrite(page);
      // Pinning for writing waits as a write does.
      while (frame === MUST_WAIT) {
        yield* this.#wait(thread, page);
        frame = thread.reachToWrite(page);
      }
      // Pinning walks the page table, and does not use a stale translation.
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

  /** A thread that drops each of the pages (MADV_DONTNEED), with its content, and touches it again. */
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

  /** Pages without their expected content. */
  *lost(): Generator<string> {
    for (let page = 0; page < this.space.pages; page++) {
      if (this.forgotten.has(page)) continue;
      const frame = this.space.table[page]!;
      const wrong = frame < 0 ? `page ${page} is not mapped` : this.wrongContent(page, frame);
      if (wrong !== undefined) yield wrong;
    }
  }

  /** The difference between a frame's content and that of its page; undefined without one. Call it between two steps. */
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

/** The meaning of a wrong mark. */
function contentOf(page: number, mark: number): string {
  if (mark === 0) return 'zeros';
  return mark === page + 1 ? 'content from before it was dropped' : `page ${mark - 1}`;
}

function additions(count: number): string {
  return `${count} addition${count === 1 ? '' : 's'}`;
}
