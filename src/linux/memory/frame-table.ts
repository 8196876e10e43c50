import { MAX_ORDER, PMD_PAGES } from '../../common/page.js';
import { NO_FRAME } from '../../mm/pipeline/batch.js';

/** No page is there. The engine must not touch it, and an unmapped folio may be moved there. */
export const FRAME_EMPTY = 0;
/** An unused page of the node, which may become a destination. */
export const FRAME_FREE = 1;
/** Holds the content of an unmapped folio, or is a promised destination. */
export const FRAME_IN_FLIGHT = 2;

const UNKNOWN_TABLE = 1;

/** Free base pages of several tables together. */
export interface FreeTally {
  frames: number;
}

/** FRAME_… of each frame, and the number of free and empty frames of each 2 MiB chunk. */
export interface FrameBooks {
  readonly state: Uint8Array;
  readonly free: Uint16Array;
  readonly empty: Uint16Array;
}

/**
 * The states of the frames of a node's pool: empty, free or in flight. It has one byte a frame, counts per 2 MiB chunk, and
 * cursors. Frames that are taken one after the other are neighbours, so one call can move them. The counts let a search
 * skip whole chunks.
 *
 * The table knows no addresses: `NodePool` has the memory behind the frames.
 */
export class FrameTable {
  readonly first: number;
  readonly frames: number;
  readonly #chunks: number;
  readonly #state: Uint8Array;
  readonly #free: Uint16Array;
  readonly #empty: Uint16Array;
  /** 1 where the chunk is one 2 MiB mapping. */
  readonly #huge: Uint8Array;
  /** 1 if the chunk may still have an (empty) page table, which would keep a 2 MiB page from being mapped as one. */
  readonly #table: Uint8Array;
  readonly #onBreakUp: (frame: number) => void;
  readonly #tally: FreeTally;
  #freeCursor = 0;
  #emptyCursor = 0;
  #freeFrames = 0;
  #hugeChunks = 0;

  /**
   * @param first Number of the first frame, a multiple of 512.
   * @param chunks 2 MiB chunks.
   * @param onBreakUp Called with the first frame of a 2 MiB page when a part of that page is taken.
   * @param tally Sums the free pages of this table and of others.
   */
  constructor(
    first: number,
    chunks: number,
    onBreakUp: (frame: number) => void = () => undefined,
    tally: FreeTally = { frames: 0 },
  ) {
    this.#onBreakUp = onBreakUp;
    this.#tally = tally;
    this.first = first;
    this.frames = chunks * PMD_PAGES;
    this.#chunks = chunks;
    this.#state = new Uint8Array(this.frames);
    this.#free = new Uint16Array(chunks);
    this.#empty = new Uint16Array(chunks).fill(PMD_PAGES);
    this.#huge = new Uint8Array(chunks);
    this.#table = new Uint8Array(chunks);
  }

  get freeFrames(): number {
    return this.#freeFrames;
  }

  /** Takes a free page for a folio. It is in flight after that. Returns its first frame, or NO_FRAME. */
  takeFree(order: number): number {
    const cursor = this.#freeCursor;
    const chunk = cursor >>> MAX_ORDER;
    if (order === 0 && this.#state[cursor] === FRAME_FREE && this.#huge[chunk] === 0) {
      // The small page after the last one taken: the case of nearly every 4K folio.
      this.#state[cursor] = FRAME_IN_FLIGHT;
      this.#free[chunk] = this.#free[chunk]! - 1;
      this.#countFree(-1);
      this.#freeCursor = cursor + 1 === this.frames ? 0 : cursor + 1;
      return this.first + cursor;
    }
    const pages = 1 << order;
    const index = order === MAX_ORDER ? this.#freeTable() : this.#freeSmallRun(pages);
    if (index < 0) return NO_FRAME;
    this.#leaveFree(index, pages);
    this.#freeCursor = index + pages === this.frames ? 0 : index + pages;
    return this.first + index;
  }

  /**
   * Takes `pages` neighbouring free small pages at the cursor, for consecutive folios of `order`. They are in flight after
   * that. Returns the first frame, or NO_FRAME if not all of them are free.
   */
  takeFreeRun(pages: number, order: number): number {
    const index = this.#freeCursor;
    const end = index + pages;
    if (index % (1 << order) !== 0 || end > this.frames || !this.#isRun(index, pages, FRAME_FREE))
      return NO_FRAME;
    for (let chunk = index >>> MAX_ORDER; chunk << MAX_ORDER < end; chunk++) {
      if (this.#huge[chunk] === 1) return NO_FRAME;
    }
    this.takeFreeAt(this.first + index, pages);
    this.#freeCursor = end === this.frames ? 0 : end;
    return this.first + index;
  }

  /** Takes `pages` neighbouring empty slots in the same way, for unmapped folios of `order`. */
  takeEmptyRun(pages: number, order: number): number {
    const index = this.#emptyCursor;
    const end = index + pages;
    if (index % (1 << order) !== 0 || end > this.frames || !this.#isRun(index, pages, FRAME_EMPTY))
      return NO_FRAME;
    this.#state.fill(FRAME_IN_FLIGHT, index, end);
    for (let at = index; at < end; ) {
      const chunk = at >>> MAX_ORDER;
      const here = Math.min(end, (chunk + 1) << MAX_ORDER) - at;
      this.#empty[chunk] = this.#empty[chunk]! - here;
      this.#table[chunk] = UNKNOWN_TABLE;
      at += here;
    }
    this.#emptyCursor = end === this.frames ? 0 : end;
    return this.first + index;
  }

  /** Takes the empty slots that begin at `frame` for whole page tables. All of them are empty. */
  takeEmptyTables(frame: number, pages: number): void {
    const index = frame - this.first;
    this.#state.fill(FRAME_IN_FLIGHT, index, index + pages);
    for (let at = index; at < index + pages; at += PMD_PAGES) this.#empty[at >>> MAX_ORDER] = 0;
  }

  /** Takes an empty slot for an unmapped folio. It is in flight after that. Returns its first frame, or NO_FRAME. */
  takeEmpty(order: number): number {
    const index =
      order === MAX_ORDER
        ? this.#emptyChunk(Math.floor(this.#emptyCursor / PMD_PAGES))
        : this.#findRun(this.#empty, FRAME_EMPTY, this.#emptyCursor, 1 << order, false);
    if (index < 0) return NO_FRAME;
    this.#fillEmpty(index, order);
    return this.first + index;
  }

  /** Takes the slot at `frame` if it is empty, so that a folio lands beside the one before. */
  takeEmptyAt(frame: number, order: number): boolean {
    const index = frame - this.first;
    if (order === 0) {
      if (index >= this.frames || this.#state[index] !== FRAME_EMPTY) return false;
      const chunk = index >>> MAX_ORDER;
      this.#state[index] = FRAME_IN_FLIGHT;
      this.#empty[chunk] = this.#empty[chunk]! - 1;
      this.#table[chunk] = UNKNOWN_TABLE;
      this.#emptyCursor = index + 1 === this.frames ? 0 : index + 1;
      return true;
    }
    const pages = 1 << order;
    // Within one chunk, because later steps would treat a folio across two chunks as two pieces.
    if (index >= this.frames || (index % PMD_PAGES) + pages > PMD_PAGES) return false;
    if (!this.#isRun(index, pages, FRAME_EMPTY)) return false;
    this.#fillEmpty(index, order);
    return true;
  }

  /** A run of frames in flight becomes free. */
  putFree(frame: number, pages: number): void {
    this.#countFree(pages);
    this.#eachChunk(frame - this.first, pages, FRAME_FREE, this.#free);
  }

  /** A run of frames in flight becomes empty: the pages have left. */
  putEmpty(frame: number, pages: number): void {
    this.#eachChunk(frame - this.first, pages, FRAME_EMPTY, this.#empty);
  }

  /** A run of free frames becomes in flight. */
  takeFreeAt(frame: number, pages: number): void {
    let at = frame - this.first;
    const end = at + pages;
    this.#countFree(-pages);
    this.#set(at, pages, FRAME_IN_FLIGHT);
    while (at < end) {
      const here = Math.min(end, (Math.floor(at / PMD_PAGES) + 1) * PMD_PAGES) - at;
      this.#count(this.#free, at, -here);
      at += here;
    }
  }

  /** First frame of an empty chunk, or NO_FRAME. */
  emptyChunk(): number {
    const index = this.#emptyChunk(Math.floor(this.#emptyCursor / PMD_PAGES));
    return index < 0 ? NO_FRAME : this.first + index;
  }

  /** A chunk was filled with pages from outside. All of them are free. */
  fillChunk(frame: number, huge: boolean): void {
    const index = frame - this.first;
    const chunk = index / PMD_PAGES;
    this.#set(index, PMD_PAGES, FRAME_FREE);
    this.#empty[chunk] = 0;
    this.#free[chunk] = PMD_PAGES;
    this.#countFree(PMD_PAGES);
    this.#setHuge(chunk, huge);
    if (!huge) this.#table[chunk] = UNKNOWN_TABLE;
  }

  /** First frame of the best chunk to free, or NO_FRAME. No frame of it is in flight, and some are free. */
  surplusChunk(): number {
    let best = -1;
    for (let chunk = 0; chunk < this.#chunks; chunk++) {
      const free = this.#free[chunk]!;
      if (free === 0 || free + this.#empty[chunk]! !== PMD_PAGES) continue;
      // Chunks with the fewest small pages first. A whole 2 MiB page is the hardest to get again.
      if (best < 0 || this.#worth(chunk) < this.#worth(best)) best = chunk;
      if (this.#huge[chunk] === 0 && free < PMD_PAGES) break;
    }
    return best < 0 ? NO_FRAME : this.first + best * PMD_PAGES;
  }

  /** Everything in the chunk at `frame` was dropped. All of it is empty, without a page table. */
  clearChunk(frame: number): void {
    const index = frame - this.first;
    const chunk = index / PMD_PAGES;
    this.#countFree(-this.#free[chunk]!);
    this.#set(index, PMD_PAGES, FRAME_EMPTY);
    this.#free[chunk] = 0;
    this.#empty[chunk] = PMD_PAGES;
    this.#setHuge(chunk, false);
    this.#table[chunk] = 0;
  }

  /** Whether the (empty) chunk at `frame` may still have a page table. */
  mayHaveTable(frame: number): boolean {
    return this.#table[(frame - this.first) / PMD_PAGES] === UNKNOWN_TABLE;
  }

  tableGone(frame: number): void {
    this.#table[(frame - this.first) / PMD_PAGES] = 0;
  }

  /** Whether the chunk that begins at `frame` is one 2 MiB mapping. */
  isHuge(frame: number): boolean {
    const index = frame - this.first;
    return index % PMD_PAGES === 0 && this.#huge[index / PMD_PAGES] === 1;
  }

  /** Notes whether the chunk at `frame` is one 2 MiB mapping. */
  setHuge(frame: number, huge: boolean): void {
    this.#setHuge((frame - this.first) / PMD_PAGES, huge);
  }

  get hasFreeHugePage(): boolean {
    return this.#hugeChunks > 0 && this.#freeHugePage() >= 0;
  }

  /** Number of free frames in the chunk at `frame`. */
  freeOf(frame: number): number {
    return this.#free[(frame - this.first) / PMD_PAGES]!;
  }

  /** Whether no frame of the chunk at `frame` is in flight. */
  isIdle(frame: number): boolean {
    const chunk = (frame - this.first) >>> MAX_ORDER;
    return this.#free[chunk]! + this.#empty[chunk]! === PMD_PAGES;
  }

  /** First frame of a chunk of free small pages, from the cursor on, or NO_FRAME. */
  smallChunk(): number {
    const start = this.#freeCursor >>> MAX_ORDER;
    for (let k = 0; k < this.#chunks; k++) {
      const chunk = (start + k) % this.#chunks;
      if (this.#free[chunk] === PMD_PAGES && this.#huge[chunk] === 0) return this.first + chunk * PMD_PAGES;
    }
    return NO_FRAME;
  }

  stateOf(frame: number): number {
    return this.#state[frame - this.first]!;
  }

  /** The books themselves, read-only, for audits. */
  get books(): FrameBooks {
    return { state: this.#state, free: this.#free, empty: this.#empty };
  }

  #countFree(frames: number): void {
    this.#freeFrames += frames;
    this.#tally.frames += frames;
  }

  #worth(chunk: number): number {
    return this.#free[chunk]! + this.#huge[chunk]! * PMD_PAGES;
  }

  #freeTable(): number {
    const huge = this.#freeHugePage();
    if (huge >= 0) return huge;
    const start = Math.floor(this.#freeCursor / PMD_PAGES);
    for (let k = 0; k < this.#chunks; k++) {
      const chunk = (start + k) % this.#chunks;
      if (this.#free[chunk] === PMD_PAGES) return chunk * PMD_PAGES;
    }
    return -1;
  }

  #freeHugePage(): number {
    if (this.#hugeChunks === 0) return -1;
    const start = Math.floor(this.#freeCursor / PMD_PAGES);
    for (let k = 0; k < this.#chunks; k++) {
      const chunk = (start + k) % this.#chunks;
      if (this.#huge[chunk] === 1 && this.#free[chunk] === PMD_PAGES) return chunk * PMD_PAGES;
    }
    return -1;
  }

  #emptyChunk(start: number): number {
    for (let k = 0; k < this.#chunks; k++) {
      const chunk = (start + k) % this.#chunks;
      if (this.#empty[chunk] === PMD_PAGES) return chunk * PMD_PAGES;
    }
    return -1;
  }

  /** Breaks up a free 2 MiB page only if nothing else is left. */
  #freeSmallRun(pages: number): number {
    if (this.#hugeChunks > 0) {
      const index = this.#findRun(this.#free, FRAME_FREE, this.#freeCursor, pages, true);
      if (index >= 0) return index;
    }
    return this.#findRun(this.#free, FRAME_FREE, this.#freeCursor, pages, false);
  }

  /** `pages` neighbouring frames in state `wanted`, within one chunk, from the cursor on. -1 if there are none. */
  #findRun(counts: Uint16Array, wanted: number, cursor: number, pages: number, sparing: boolean): number {
    const first = Math.floor(cursor / PMD_PAGES);
    for (let k = 0; k <= this.#chunks; k++) {
      const chunk = (first + k) % this.#chunks;
      if (counts[chunk]! < pages || (sparing && this.#huge[chunk] === 1)) continue;
      const end = (chunk + 1) * PMD_PAGES;
      let start = k === 0 ? cursor : chunk * PMD_PAGES;
      while (start + pages <= end) {
        let length = 0;
        while (length < pages && this.#state[start + length] === wanted) length++;
        if (length === pages) return start;
        start += length + 1;
      }
    }
    return -1;
  }

  #fillEmpty(index: number, order: number): void {
    const pages = 1 << order;
    this.#set(index, pages, FRAME_IN_FLIGHT);
    this.#count(this.#empty, index, -pages);
    this.#emptyCursor = index + pages === this.frames ? 0 : index + pages;
    if (order < MAX_ORDER) this.#table[Math.floor(index / PMD_PAGES)] = UNKNOWN_TABLE;
  }

  #leaveFree(index: number, pages: number): void {
    this.#set(index, pages, FRAME_IN_FLIGHT);
    this.#count(this.#free, index, -pages);
    this.#countFree(-pages);
    const chunk = Math.floor(index / PMD_PAGES);
    if (pages < PMD_PAGES && this.#huge[chunk] === 1) {
      this.#splitHuge(index);
      this.#onBreakUp(this.first + chunk * PMD_PAGES);
    }
  }

  #splitHuge(index: number): void {
    const chunk = Math.floor(index / PMD_PAGES);
    if (this.#huge[chunk] === 1) {
      this.#setHuge(chunk, false);
      this.#table[chunk] = UNKNOWN_TABLE;
    }
  }

  #setHuge(chunk: number, huge: boolean): void {
    const value = huge ? 1 : 0;
    this.#hugeChunks += value - this.#huge[chunk]!;
    this.#huge[chunk] = value;
  }

  #isRun(index: number, pages: number, wanted: number): boolean {
    for (let i = index; i < index + pages; i++) if (this.#state[i] !== wanted) return false;
    return true;
  }

  #set(index: number, pages: number, state: number): void {
    if (pages === 1) this.#state[index] = state;
    else this.#state.fill(state, index, index + pages);
  }

  /** Sets the state of a run, perhaps across several chunks, and counts it. */
  #eachChunk(index: number, pages: number, state: number, counts: Uint16Array): void {
    this.#set(index, pages, state);
    let at = index;
    let left = pages;
    while (left > 0) {
      const chunk = Math.floor(at / PMD_PAGES);
      const here = Math.min(left, (chunk + 1) * PMD_PAGES - at);
      counts[chunk] = counts[chunk]! + here;
      if (here < PMD_PAGES) {
        this.#splitHuge(at);
        this.#table[chunk] = UNKNOWN_TABLE;
      } else if (state === FRAME_EMPTY) {
        // A 2 MiB page leaves no page table behind; small pages do.
        if (this.#huge[chunk] === 1) this.#setHuge(chunk, false);
        else this.#table[chunk] = UNKNOWN_TABLE;
      }
      at += here;
      left -= here;
    }
  }

  #count(counts: Uint16Array, index: number, change: number): void {
    const chunk = Math.floor(index / PMD_PAGES);
    counts[chunk] = counts[chunk]! + change;
  }
}
