import type { NodeBooks, Violation } from '../mm/machine-books.js';
import { PAGE_SIZE, PMD_PAGES } from '../mm/page.js';
import { FRAME_HOLE, FRAME_IN_FLIGHT, FRAME_STOCK } from './frame-table.js';
import type { NodePool } from './node-pool.js';
import type { Pagemap } from './pagemap.js';

export interface QuarantinedRun {
  readonly frame: number;
  readonly pages: number;
}

type PoolBooks = Omit<NodeBooks, 'programPages' | 'regionPages'>;

/** Who owns a pool's frames, by the counts of its chunks: quick, and blind to counts that are wrong. */
export function countChunks({ table, promisedPages }: NodePool, held: readonly QuarantinedRun[]): PoolBooks {
  const { stock, holes } = table.books;
  let free = 0;
  for (let chunk = 0; chunk < stock.length; chunk++) free += stock[chunk]! + holes[chunk]!;
  const quarantined = held.reduce((sum, { pages }) => sum + pages, 0);
  const { frames } = table;
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

/** Who owns a pool's frames, one by one. */
export function countFrames({ table, promisedPages }: NodePool, held: readonly QuarantinedRun[]): PoolBooks {
  const { state } = table.books;
  let free = 0;
  let inFlight = 0;
  for (let i = 0; i < state.length; i++) {
    if (state[i] === FRAME_STOCK || state[i] === FRAME_HOLE) free++;
    else if (state[i] === FRAME_IN_FLIGHT) inFlight++;
  }
  let quarantined = 0;
  let ownedTwice = 0;
  const seen = new Set<number>();
  for (const { frame, pages } of held) {
    for (let k = frame; k < frame + pages; k++) {
      // In the table it has to be in flight: what is stock or a hole is given away at the next opportunity.
      if (seen.has(k) || table.stateOf(k) !== FRAME_IN_FLIGHT) ownedTwice++;
      else quarantined++;
      seen.add(k);
    }
  }
  return {
    frames: table.frames,
    free,
    mapped: 0,
    quarantined,
    inFlight: inFlight - quarantined,
    ownedTwice,
    promisedPages,
  };
}

/** The counts by which a search finds a frame agree with the frames. */
export function checkCounts(node: number, { table }: NodePool): Violation[] {
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
