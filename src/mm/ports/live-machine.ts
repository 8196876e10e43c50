import type { Violation } from '../audit/machine-books.js';
import type { HugePagePort } from './huge-page-port.js';
import type { Machine } from './machine.js';
import type { PoolPort } from './pool-port.js';
import type { RegionPort } from './region-port.js';
import type { SharingPort } from './sharing-port.js';

/**
 * A machine that holds a live program's memory: the pipeline's port, and around it what a migration of
 * regions needs. Real memory (`linux/`) and simulated memory implement it.
 */
export interface LiveMachine extends Machine, RegionPort, PoolPort, HugePagePort, SharingPort {
  /** Page tables that have arrived on their target as a whole, and base pages that have arrived one entry at a time, so far. */
  readonly tablesMoved: number;
  readonly pagesMovedSingly: number;
  /** How often, so far, the kernel reported an error for pages that it had moved. */
  readonly hiddenMoves: number;
  /** No device may still touch memory for a copy that was given up. */
  readonly devicesAtRest: boolean;
  /** A page of the program is out: true between two steps only when something has gone wrong. */
  readonly pagesOut: boolean;
  /** What does not hold of its books, with nothing unmapped; `full`: looks at every page, too. */
  audit(full: boolean): Violation[];
  /** Gives everything back. No region may be attached and no page out. */
  close(): void;
  /**
   * Instead of `close`, when something has thrown that should not have: brings everything back, and makes every region
   * ordinary memory. Nothing may be done with the machine afterwards.
   */
  abandon(): void;
}
