import { readFileSync } from 'node:fs';
import type { AddressSpace } from '../address-space.js';
import type { PinSuspects } from '../pin-suspects.js';
import type { TableMoves } from './table-moves.js';

/** When whole page tables are moved: `never`, where nothing speaks against it, or `always`, for tests and measurements. */
export const TABLE_MODES = ['never', 'auto', 'always'] as const;
export type TableMode = (typeof TABLE_MODES)[number];

/** Descriptors beyond which it would take too long to look at them for each batch: some 1 ms. */
const MAX_DESCRIPTORS = 1024;
/** After a descriptor was found that may pin pages: how long no other batch is tried, in nanoseconds. */
const SUSPECT_NS = 100_000_000;

/**
 * Decides when page tables may be moved as a whole. mremap(2) does not look at the pages: it moves pinned ones, which
 * UFFDIO_MOVE refuses, and whoever pinned them goes on writing to the old page. Nothing tells whether a page is pinned;
 * but whoever pins pages has a descriptor (pin-suspects.ts). So the descriptors are looked at when a batch has left and nothing
 * is copied yet: a page that was pinned before is still pinned through one of those, or is not any more.
 */
export class TablePolicy {
  readonly moves: TableMoves;
  readonly #mode: () => TableMode;
  readonly #pins: PinSuspects;
  readonly #now: () => number;
  #suspectUntil = 0;

  constructor(moves: TableMoves, pins: PinSuspects, mode: () => TableMode, now: () => number) {
    this.moves = moves;
    this.#pins = pins;
    this.#mode = mode;
    this.#now = now;
  }

  /** Whether a batch of a region may try. */
  allows(space: AddressSpace): boolean {
    if (!space.movesTables || !this.moves.alive) return false;
    const mode = this.#mode();
    return mode === 'always' || (mode === 'auto' && this.#now() >= this.#suspectUntil);
  }

  /** Before a migration that may move tables: whether the host, as it is now, lets it. */
  get hostAllows(): boolean {
    return this.#mode() !== 'never' && cannotMoveTablesBecause() === undefined;
  }

  /** After a batch has left: whether it has to go back. */
  mayBePinned(): boolean {
    if (this.#mode() === 'always') return false;
    const pinned = this.#pins.mayPin() || this.#pins.descriptors > MAX_DESCRIPTORS;
    if (pinned) this.#suspectUntil = this.#now() + SUSPECT_NS;
    return pinned;
  }
}

/**
 * Why this host or process, as it is now, cannot have page tables moved as a whole; undefined where nothing speaks
 * against it. Read from /proc/sys/vm/overcommit_memory and /proc/self/status.
 */
export function cannotMoveTablesBecause(
  overcommit = () => readFileSync('/proc/sys/vm/overcommit_memory', 'latin1'),
  status = () => readFileSync('/proc/self/status', 'latin1'),
): string | undefined {
  try {
    // The mapping that stays behind is accounted once more, and mremap fails half-way when that is refused.
    if (overcommit().trim() === '2') return 'vm.overcommit_memory is 2';
    const locked = /^VmLck:\s*(\d+) kB$/m.exec(status())?.[1];
    // A locked mapping would come back without its lock.
    if (locked !== '0') return 'the process has locked memory (mlock)';
    return undefined;
  } catch {
    return '/proc is not mounted';
  }
}
