import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE, PMD_PAGES } from '../../common/page.js';
import type { FolioList } from '../../mm/pipeline/folio-list.js';
import type { OnMarked, SourceProbe } from '../../mm/ports/access-port.js';
import type { AddressSpace } from '../memory/address-space.js';
import { Pagemap } from '../sys/pagemap.js';
import { Scratch } from '../sys/scratch.js';
import { CachedTranslations } from './cached-translations.js';
import { canWatch, type MarkHost, type OpenMarks } from './open-marks.js';

// Documentation/admin-guide/mm/idle_page_tracking.rst and pagemap.rst
const BITMAP = '/sys/kernel/mm/page_idle/bitmap';
const FLAGS = '/proc/kpageflags';
/** Frames in a word of the bitmap, which the kernel only reads and writes as a whole. */
const WORD_FRAMES = 64;
const WORD_BYTES = 8;
// Bits of /proc/kpageflags
const KPF_LRU = 1 << 5;
const KPF_COMPOUND_TAIL = 1 << 16;
const KPF_ZERO_PAGE = 1 << 24;

/**
 * The idle flags of page frames, which the kernel keeps for idle page tracking. A frame is marked idle, and loses the flag
 * once a page table entry of it was used. No thread waits. The frame numbers come from /proc/self/pagemap.
 *
 * A large folio has one flag, at its first frame. So all its pages count as accessed when one was. A page that is not in the
 * kernel's lists at the beginning cannot be marked, and counts like the others of its unit. That is a page that was
 * allocated just before, and the zero page.
 */
export class IdleMarks implements OpenMarks {
  readonly #space: (id: number) => AddressSpace;
  readonly #pagemap: Pagemap;
  readonly #translations = new CachedTranslations();
  readonly #bitmap: number;
  readonly #flags: number;
  readonly #frames = new Float64Array(PMD_PAGES);
  /** Bits of the frames of a unit, and of the frames of a folio before it. */
  readonly #words = Buffer.alloc(((2 * PMD_PAGES) / WORD_FRAMES + 1) * WORD_BYTES);
  readonly #frameFlags = Buffer.alloc(PMD_PAGES * 8);
  #watched:
    | { readonly space: AddressSpace; readonly units: FolioList; readonly unmarked: Set<number> }
    | undefined;

  constructor({ space, pagemap }: MarkHost) {
    this.#space = space;
    this.#pagemap = pagemap;
    this.#bitmap = openSync(BITMAP, 'r+');
    this.#flags = openSync(FLAGS, 'r');
  }

  static probe(): SourceProbe {
    const needs = 'root (CAP_SYS_ADMIN), and a kernel with CONFIG_IDLE_PAGE_TRACKING.';
    const problem = findProblem();
    return { name: 'idle', needs, ...(problem === undefined ? {} : { problem }) };
  }

  arm(id: number, units: FolioList): number {
    this.cancel();
    const space = this.#space(id);
    if (!canWatch(space, units)) return 0;
    const unmarked = new Set<number>();
    try {
      for (let i = 0; i < units.length; i++)
        this.#runs(units.page[i]!, 1 << units.order[i]!, (...run) => this.#mark(...run, unmarked));
    } catch {
      return 0;
    }
    this.#translations.drop();
    this.#watched = { space, units, unmarked };
    return units.length;
  }

  collect(each: OnMarked): void {
    const watched = this.#watched;
    if (watched === undefined) return;
    const { units, unmarked } = watched;
    this.cancel();
    for (let i = 0; i < units.length; i++) {
      const pages = 1 << units.order[i]!;
      const seen: Seen = { accessed: 0, untracked: 0, largest: 0 };
      try {
        this.#runs(units.page[i]!, pages, (...run) => this.#read(...run, unmarked, seen));
      } catch {
        return;
      }
      const tracked = pages - seen.untracked;
      if (tracked === 0) continue;
      each(units.page[i]!, pages, (seen.accessed * pages) / tracked, seen.largest === PMD_PAGES);
    }
  }

  /** Ends the watch of a region, or of any. The flags that are left do no harm. */
  cancel(space?: AddressSpace): void {
    if (space === undefined || space === this.#watched?.space) this.#watched = undefined;
  }

  close(): void {
    this.cancel();
    closeSync(this.#bitmap);
    closeSync(this.#flags);
    this.#translations.close();
  }

  /** Calls `each` for the runs of consecutive frames of a unit. */
  #runs(page: number, pages: number, each: (page: number, frame: number, frames: number) => void): void {
    const frames = this.#frames;
    this.#pagemap.frames(page * PAGE_SIZE, pages, frames);
    for (let from = 0, to = 0; from < pages; from = to) {
      const first = frames[from]!;
      for (to = from + 1; to < pages && first !== 0 && frames[to] === first + to - from; to++);
      if (first !== 0) each(page + from, first, to - from);
    }
  }

  /** Marks a run of frames as idle. Pages that the kernel may not mark now are added to `unmarked`. */
  #mark(page: number, first: number, frames: number, unmarked: Set<number>): void {
    readSync(this.#flags, this.#frameFlags, 0, frames * 8, first * 8);
    for (let k = 0; k < frames; k++) {
      // The zero page is replaced by another one when it is written to.
      if ((this.#frameFlags.readUInt32LE(k * 8) & (KPF_LRU | KPF_ZERO_PAGE)) === 0) unmarked.add(page + k);
    }
    const from = this.#headOf(first);
    const end = first + frames;
    const word = Math.floor(from / WORD_FRAMES);
    const bytes = (Math.floor((end - 1) / WORD_FRAMES) + 1 - word) * WORD_BYTES;
    const bits = this.#words.fill(0, 0, bytes);
    setBit(bits, from - word * WORD_FRAMES);
    for (let frame = first; frame < end; frame++) setBit(bits, frame - word * WORD_FRAMES);
    writeSync(this.#bitmap, bits, 0, bytes, word * WORD_BYTES);
  }

  #read(page: number, first: number, frames: number, unmarked: Set<number>, seen: Seen): void {
    const from = this.#headOf(first);
    const word = Math.floor(from / WORD_FRAMES);
    const bytes = (Math.floor((first + frames - 1) / WORD_FRAMES) + 1 - word) * WORD_BYTES;
    const bits = this.#words;
    readSync(this.#bitmap, bits, 0, bytes, word * WORD_BYTES);
    readSync(this.#flags, this.#frameFlags, 0, frames * 8, first * 8);
    let idle = isSet(bits, from - word * WORD_FRAMES);
    let folio = 0;
    for (let k = 0; k < frames; k++) {
      const flags = this.#frameFlags.readUInt32LE(k * 8);
      if ((flags & KPF_COMPOUND_TAIL) !== 0) folio++;
      else {
        idle = isSet(bits, first + k - word * WORD_FRAMES);
        folio = 1;
      }
      if ((flags & KPF_ZERO_PAGE) !== 0 || unmarked.has(page + k)) {
        seen.untracked++;
        continue;
      }
      // A page that is not in the kernel's lists by now was allocated since: the program has just used it for the first time.
      seen.largest = Math.max(seen.largest, folio);
      if (!idle) seen.accessed++;
    }
  }

  /** The first frame of the folio of a frame. */
  #headOf(frame: number): number {
    for (let head = frame; head > frame - PMD_PAGES; head--) {
      readSync(this.#flags, this.#frameFlags, 0, 8, head * 8);
      if ((this.#frameFlags.readUInt32LE(0) & KPF_COMPOUND_TAIL) === 0) return head;
    }
    return frame;
  }
}

interface Seen {
  accessed: number;
  /** Pages that cannot be marked. */
  untracked: number;
  /** Pages of the largest folio. */
  largest: number;
}

function setBit(bits: Buffer, bit: number): void {
  bits[bit >> 3]! |= 1 << (bit & 7);
}

function isSet(bits: Buffer, bit: number): boolean {
  return (bits[bit >> 3]! & (1 << (bit & 7))) !== 0;
}

function findProblem(): string | undefined {
  try {
    closeSync(openSync(BITMAP, 'r+'));
    closeSync(openSync(FLAGS, 'r'));
    return frameNumbers() ? undefined : 'the kernel shows this process no frame numbers (CAP_SYS_ADMIN)';
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'this kernel has no idle page tracking (CONFIG_IDLE_PAGE_TRACKING)';
    return error instanceof MigrationError ? error.problem : message;
  }
}

/** Whether /proc/self/pagemap has the frame of a page that is in memory. */
function frameNumbers(): boolean {
  const pagemap = new Pagemap();
  try {
    const page = new Scratch(2 * PAGE_SIZE);
    page.u32.fill(1);
    const frame = new Float64Array(1);
    pagemap.frames(Math.ceil(page.address / PAGE_SIZE) * PAGE_SIZE, 1, frame);
    return frame[0] !== 0;
  } finally {
    pagemap.close();
  }
}
