import { MAX_BATCHES_OUT } from '../mm/batch.js';
import { ERRNO } from '../mm/errno.js';
import { PAGE_SIZE } from '../mm/page.js';
import type { Span } from './address-space.js';
import { type Address, libc } from './libc.js';
import { Pagemap } from './pagemap.js';
import { Userfaultfd } from './userfaultfd.js';

/** Each batch that may be out has a section of its own. */
const SECTIONS = MAX_BATCHES_OUT;
const COUNTS = 0;
const DESCRIPTOR = SECTIONS;
const HEADER_BYTES = 32;
const RUN_FIELDS = 3;
/** Tries for a page that is busy, and the pause between them. */
const TRIES = 2000;
const PAUSE_US = 50;

/**
 * Which pages are out, in memory that outlives the migration thread: written before they leave, empty when all
 * are back. With the userfaultfd, which no thread's end closes, it is enough to bring them back from another
 * thread.
 *
 * Layout: count of runs of each section, descriptor; then the sections' runs: program address, frame address, pages.
 * A batch in the pipeline's slot `k` is written into section `k`.
 */
export class Journal {
  readonly #words: Int32Array;
  readonly #runs: Float64Array;
  readonly #maxRuns: number;

  /** Bytes of a journal for batches of at most `maxRuns` folios. */
  static bytes(maxRuns: number): number {
    return HEADER_BYTES + SECTIONS * maxRuns * RUN_FIELDS * 8;
  }

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.#runs = new Float64Array(buffer, HEADER_BYTES);
    this.#maxRuns = Math.floor(this.#runs.length / RUN_FIELDS / SECTIONS);
  }

  /** The descriptor that the pages were moved with. */
  set descriptor(fd: number) {
    Atomics.store(this.#words, DESCRIPTOR, fd);
  }

  /** To be called before the pages of a run leave the program. */
  leaving(section: number, program: Address, frames: Address, pages: number): void {
    const count = this.#words[COUNTS + section]!;
    if (count >= this.#maxRuns) throw new RangeError('a batch has more runs than its journal has room for');
    this.#write(section, count, program, frames, pages);
    // Counted last: a reader sees a run only when it is whole.
    Atomics.store(this.#words, COUNTS + section, count + 1);
  }

  /** What has really left of the run that was announced last: other runs, or none. */
  replaceLast(
    section: number,
    runs: readonly (readonly [program: Address, frames: Address, pages: number])[],
  ): void {
    const last = this.#words[COUNTS + section]! - 1;
    // The new ones first: at no moment may a page that is out be named nowhere.
    for (const [program, frames, pages] of runs.slice(1)) this.leaving(section, program, frames, pages);
    const first = runs[0];
    if (first === undefined) Atomics.store(this.#words, COUNTS + section, last);
    else this.#write(section, last, first[0], first[1], first[2]);
  }

  /** To be called when every page of the section's batch is back. */
  clear(section: number): void {
    Atomics.store(this.#words, COUNTS + section, 0);
  }

  /**
   * Brings back what a thread that has ended left out, and makes the program's ranges ordinary memory again,
   * which wakes who waits there. A page that had already arrived on its new node stays there; the others
   * return to where they were. Returns the pages brought back.
   *
   * The pools that hold the rest of the dead thread's memory stay as they are: nothing may be closed
   * while it is unknown what refers to it.
   */
  rescue(ranges: readonly Span[]): number {
    const pagemap = new Pagemap();
    const uffd = Userfaultfd.adopt(this.#words[DESCRIPTOR]!, pagemap);
    let rescued = 0;
    for (let section = 0; section < SECTIONS; section++) {
      const count = Atomics.load(this.#words, COUNTS + section);
      for (let run = 0; run < count; run++) {
        const at = this.#at(section, run);
        rescued += bringBack(uffd, this.#runs[at]!, this.#runs[at + 1]!, this.#runs[at + 2]!);
      }
    }
    for (const { address, pages } of ranges) uffd.unregister(address, pages * PAGE_SIZE);
    for (let section = 0; section < SECTIONS; section++) this.clear(section);
    pagemap.close();
    return rescued;
  }

  #at(section: number, run: number): number {
    return (section * this.#maxRuns + run) * RUN_FIELDS;
  }

  #write(section: number, run: number, program: Address, frames: Address, pages: number): void {
    const at = this.#at(section, run);
    this.#runs[at] = program;
    this.#runs[at + 1] = frames;
    this.#runs[at + 2] = pages;
  }
}

function bringBack(uffd: Userfaultfd, program: Address, frames: Address, pages: number): number {
  let rescued = 0;
  let tries = 0;
  for (let at = 0; at < pages; ) {
    const bytes = (pages - at) * PAGE_SIZE;
    const moved = uffd.move(program + at * PAGE_SIZE, frames + at * PAGE_SIZE, bytes, false) / PAGE_SIZE;
    rescued += moved;
    at += moved;
    if (at === pages) break;
    const passing = uffd.errno === ERRNO.EAGAIN || uffd.errno === ERRNO.EBUSY || uffd.errno === ERRNO.ENOMEM;
    if (passing && tries < TRIES) {
      tries++;
      libc().usleep(PAUSE_US);
    } else {
      // EEXIST: it has arrived. ENOENT: it never left, or went back.
      tries = 0;
      at++;
    }
  }
  return rescued;
}
