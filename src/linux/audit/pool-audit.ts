import { PAGE_SIZE, PMD_PAGES } from '../../common/page.js';
import type { NodeBooks, Violation } from '../../mm/audit/machine-books.js';
import { FRAME_EMPTY, FRAME_FREE, FRAME_IN_FLIGHT, type FrameTable } from '../memory/frame-table.js';
import type { NodePool } from '../memory/node-pool.js';
import type { Pagemap } from '../sys/pagemap.js';
import type { Shadow } from '../tables/shadow.js';

export interface QuarantinedRun {
  readonly frame: number;
  readonly pages: number;
}

type PoolBooks = Omit<NodeBooks, 'programPages' | 'regionPages'>;

/** The frames of one node: those of its pool and of its shadows. */
export interface NodeFrames {
  readonly tables: readonly FrameTable[];
  readonly promisedPages: number;
}

/** The owners of a node's frames by the counts of its chunks. Quick, but it does not detect wrong counts. */
export function countChunks(
  { tables, promisedPages }: NodeFrames,
  runs: readonly QuarantinedRun[],
): PoolBooks {
  let free = 0;
  let frames = 0;
  for (const table of tables) {
    const { books } = table;
    for (let chunk = 0; chunk < books.free.length; chunk++) free += books.free[chunk]! + books.empty[chunk]!;
    frames += table.frames;
  }
  const quarantined = runs.reduce((sum, { pages }) => sum + pages, 0);
  return {
    frames,
    free,
    mapped: 0,
    quarantined,
    inFlight: frames - free - quarantined,
    ownedTwice: 0,
    promisedPages,
  };
}

/** The owners of a node's frames, one by one. */
export function countFrames(
  { tables, promisedPages }: NodeFrames,
  runs: readonly QuarantinedRun[],
): PoolBooks {
  let free = 0;
  let inFlight = 0;
  let frames = 0;
  for (const table of tables) {
    const { state } = table.books;
    for (let i = 0; i < state.length; i++) {
      if (state[i] === FRAME_FREE || state[i] === FRAME_EMPTY) free++;
      else if (state[i] === FRAME_IN_FLIGHT) inFlight++;
    }
    frames += table.frames;
  }
  const stateOf = (frame: number): number | undefined =>
    tables.find(({ first, frames }) => frame >= first && frame < first + frames)?.stateOf(frame);
  let quarantined = 0;
  let ownedTwice = 0;
  const seen = new Set<number>();
  for (const { frame, pages } of runs) {
    for (let k = frame; k < frame + pages; k++) {
      // The table must have it in flight. A free or empty frame would be given away at the next opportunity.
      if (seen.has(k) || stateOf(k) !== FRAME_IN_FLIGHT) ownedTwice++;
      else quarantined++;
      seen.add(k);
    }
  }
  return {
    frames,
    free,
    mapped: 0,
    quarantined,
    inFlight: inFlight - quarantined,
    ownedTwice,
    promisedPages,
  };
}

/** The counts that guide the search for a frame agree with the frames. */
export function checkCounts(node: number, table: FrameTable): Violation[] {
  const { state, free, empty } = table.books;
  let freeFound = 0;
  for (let chunk = 0; chunk < free.length; chunk++) {
    let freeHere = 0;
    let emptyHere = 0;
    for (let i = chunk * PMD_PAGES; i < (chunk + 1) * PMD_PAGES; i++) {
      if (state[i] === FRAME_FREE) freeHere++;
      else if (state[i] === FRAME_EMPTY) emptyHere++;
    }
    freeFound += freeHere;
    if (freeHere === free[chunk] && emptyHere === empty[chunk]) continue;
    return [
      {
        invariant: "the pool's counts are right",
        figures:
          `node ${node}, chunk ${chunk}: ${free[chunk]} free and ${empty[chunk]} empty counted, ` +
          `${freeHere} and ${emptyHere} there`,
      },
    ];
  }
  if (freeFound === table.freeFrames) return [];
  return [
    {
      invariant: "the pool's counts are right",
      figures: `node ${node}: ${table.freeFrames} free pages counted, ${freeFound} found`,
    },
  ];
}

/** The books agree with the kernel: a free page is present, an empty slot is empty, a staging area is empty. */
export function checkPages(node: number, pool: NodePool, pagemap: Pagemap): Violation[] {
  const { state } = pool.table.books;
  const base = pool.addressOf(pool.table.first);
  let missing = 0;
  let unexpected = 0;
  let done = 0;
  const skip = (to: number): void => {
    for (let i = done; i < to; i++) if (state[i] === FRAME_FREE) missing++;
    done = to;
  };
  const answered = pagemap.occupiedRanges(base, pool.table.frames * PAGE_SIZE, (address, bytes) => {
    const from = (address - base) / PAGE_SIZE;
    const to = from + bytes / PAGE_SIZE;
    skip(from);
    for (let i = from; i < to; i++) if (state[i] === FRAME_EMPTY) unexpected++;
    done = to;
  });
  if (!answered) return [];
  skip(pool.table.frames);
  let unborn = 0;
  for (const { address, bytes } of pool.stagingAreas) {
    pagemap.occupiedRanges(address, bytes, (_, there) => {
      unborn += there / PAGE_SIZE;
    });
  }
  const found: Violation[] = [];
  if (missing > 0) {
    found.push({
      invariant: 'a free page is present',
      figures: `node ${node}: ${missing} pages are missing`,
    });
  }
  if (unexpected > 0) {
    found.push({
      invariant: 'an empty slot is empty',
      figures: `node ${node}: ${unexpected} empty slots hold a page`,
    });
  }
  if (unborn > 0) {
    found.push({
      invariant: 'the staging area is empty',
      figures: `node ${node}: ${unborn} pages are in it`,
    });
  }
  return found;
}

/**
 * The books of a shadow agree with the kernel: a free page is present. An empty slot may hold a page, because khugepaged
 * fills gaps where the program has requested huge pages. Arriving page tables replace it.
 */
export function checkShadow({ node, table, address, bytes }: Shadow, pagemap: Pagemap): Violation[] {
  const { state } = table.books;
  let present = 0;
  const answered = pagemap.occupiedRanges(address, bytes, (from, length) => {
    const first = (from - address) / PAGE_SIZE;
    for (let i = first; i < first + length / PAGE_SIZE; i++) if (state[i] === FRAME_FREE) present++;
  });
  const missing = table.freeFrames - present;
  if (!answered || missing === 0) return [];
  return [
    {
      invariant: 'a free page is present',
      figures: `node ${node}, a shadow: ${missing} pages are missing`,
    },
  ];
}
