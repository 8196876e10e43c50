import { PAGE_SIZE, PMD_PAGES } from '../../common/page.js';
import type { NodeBooks, Violation } from '../../mm/audit/machine-books.js';
import { FRAME_HOLE, FRAME_IN_FLIGHT, FRAME_STOCK, type FrameTable } from '../memory/frame-table.js';
import type { NodePool } from '../memory/node-pool.js';
import type { Pagemap } from '../sys/pagemap.js';
import type { Shadow } from '../tables/shadow.js';

export interface QuarantinedRun {
  readonly frame: number;
  readonly pages: number;
}

type PoolBooks = Omit<NodeBooks, 'programPages' | 'regionPages'>;

/** The frames of one node: those of its pool, and of the shadows on it. */
export interface NodeFrames {
  readonly tables: readonly FrameTable[];
  readonly promisedPages: number;
}

/** Who owns a node's frames, by the counts of its chunks: quick, and blind to counts that are wrong. */
export function countChunks(
  { tables, promisedPages }: NodeFrames,
  held: readonly QuarantinedRun[],
): PoolBooks {
  let free = 0;
  let frames = 0;
  for (const table of tables) {
    const { stock, holes } = table.books;
    for (let chunk = 0; chunk < stock.length; chunk++) free += stock[chunk]! + holes[chunk]!;
    frames += table.frames;
  }
  const quarantined = held.reduce((sum, { pages }) => sum + pages, 0);
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

/** Who owns a node's frames, one by one. */
export function countFrames(
  { tables, promisedPages }: NodeFrames,
  held: readonly QuarantinedRun[],
): PoolBooks {
  let free = 0;
  let inFlight = 0;
  let frames = 0;
  for (const table of tables) {
    const { state } = table.books;
    for (let i = 0; i < state.length; i++) {
      if (state[i] === FRAME_STOCK || state[i] === FRAME_HOLE) free++;
      else if (state[i] === FRAME_IN_FLIGHT) inFlight++;
    }
    frames += table.frames;
  }
  const stateOf = (frame: number): number | undefined =>
    tables.find(({ first, frames }) => frame >= first && frame < first + frames)?.stateOf(frame);
  let quarantined = 0;
  let ownedTwice = 0;
  const seen = new Set<number>();
  for (const { frame, pages } of held) {
    for (let k = frame; k < frame + pages; k++) {
      // In the table it has to be in flight: what is stock or a hole is given away at the next opportunity.
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

/** The counts by which a search finds a frame agree with the frames. */
export function checkCounts(node: number, table: FrameTable): Violation[] {
  const { state, stock, holes } = table.books;
  let inStock = 0;
  for (let chunk = 0; chunk < stock.length; chunk++) {
    let stocked = 0;
    let empty = 0;
    for (let i = chunk * PMD_PAGES; i < (chunk + 1) * PMD_PAGES; i++) {
      if (state[i] === FRAME_STOCK) stocked++;
      else if (state[i] === FRAME_HOLE) empty++;
    }
    inStock += stocked;
    if (stocked === stock[chunk] && empty === holes[chunk]) continue;
    return [
      {
        invariant: "the pool's counts are right",
        figures:
          `node ${node}, chunk ${chunk}: ${stock[chunk]} stock and ${holes[chunk]} holes counted, ` +
          `${stocked} and ${empty} there`,
      },
    ];
  }
  if (inStock === table.stockFrames) return [];
  return [
    {
      invariant: "the pool's counts are right",
      figures: `node ${node}: ${table.stockFrames} stock counted, ${inStock} there`,
    },
  ];
}

/** The books agree with the kernel: what is stock is there, what is a hole is not, a nursery is empty. */
export function checkPages(node: number, pool: NodePool, pagemap: Pagemap): Violation[] {
  const { state } = pool.table.books;
  const base = pool.addressOf(pool.table.first);
  let missing = 0;
  let unexpected = 0;
  let done = 0;
  const skip = (to: number): void => {
    for (let i = done; i < to; i++) if (state[i] === FRAME_STOCK) missing++;
    done = to;
  };
  const answered = pagemap.occupiedRanges(base, pool.table.frames * PAGE_SIZE, (address, bytes) => {
    const from = (address - base) / PAGE_SIZE;
    const to = from + bytes / PAGE_SIZE;
    skip(from);
    for (let i = from; i < to; i++) if (state[i] === FRAME_HOLE) unexpected++;
    done = to;
  });
  if (!answered) return [];
  skip(pool.table.frames);
  let unborn = 0;
  for (const { address, bytes } of pool.nurseries) {
    pagemap.occupiedRanges(address, bytes, (_, there) => {
      unborn += there / PAGE_SIZE;
    });
  }
  const found: Violation[] = [];
  if (missing > 0) {
    found.push({ invariant: 'stock is present', figures: `node ${node}: ${missing} pages are not there` });
  }
  if (unexpected > 0) {
    found.push({ invariant: 'a hole is empty', figures: `node ${node}: ${unexpected} holes hold a page` });
  }
  if (unborn > 0) {
    found.push({ invariant: 'the nursery is empty', figures: `node ${node}: ${unborn} pages are in it` });
  }
  return found;
}

/**
 * The books of a shadow agree with the kernel: what is stock is there. What is a hole may hold a page, as khugepaged fills
 * gaps where the program has asked for huge pages; page tables that come take its place.
 */
export function checkShadow({ node, table, address, bytes }: Shadow, pagemap: Pagemap): Violation[] {
  const { state } = table.books;
  let present = 0;
  const answered = pagemap.occupiedRanges(address, bytes, (from, length) => {
    const first = (from - address) / PAGE_SIZE;
    for (let i = first; i < first + length / PAGE_SIZE; i++) if (state[i] === FRAME_STOCK) present++;
  });
  const missing = table.stockFrames - present;
  if (!answered || missing === 0) return [];
  return [
    { invariant: 'stock is present', figures: `node ${node}, a shadow: ${missing} pages are not there` },
  ];
}
