import type { Violation } from '../audit/machine-books.js';
import type { AccessPort, CpuClock, InPlaceSourceName, PageMarksPort, SourceProbe } from './access-port.js';
import type { HugePagePort } from './huge-page-port.js';
import type { Machine } from './machine.js';
import type { PoolPort } from './pool-port.js';
import type { RegionPort } from './region-port.js';
import type { SharingPort } from './sharing-port.js';

/**
 * A machine that holds a live program's memory. It has the pipeline's port, and what a migration of regions needs around
 * it. Real memory (`linux/`) and simulated memory implement it.
 */
export interface LiveMachine extends Machine, RegionPort, PoolPort, HugePagePort, SharingPort {
  /** Running totals: page tables that arrived on their target as a whole, and base pages that arrived singly. */
  readonly tablesMoved: number;
  readonly pagesMovedSingly: number;
  /** Running total of calls in which the kernel reported an error for pages that it had moved. */
  readonly hiddenMoves: number;
  /** Reports touches of unmapped pages. Undefined on a machine that cannot. */
  readonly touches?: AccessPort | undefined;
  readonly cpuClock: CpuClock;
  /**
   * The marks that an access source in place reads.
   * @throws MigrationError EOPNOTSUPP with the reason, on a machine that does not have it
   */
  marks(source: InPlaceSourceName): PageMarksPort;
  /** Whether this machine has an access source. */
  accessSource(source: InPlaceSourceName | 'hint'): SourceProbe;
  /** Whether no device can still touch memory for an abandoned copy. */
  readonly devicesAtRest: boolean;
  /** Whether a page of the program is unmapped. Between two steps that is true only after a failure. */
  readonly pagesOut: boolean;
  /** The violations in its books, with nothing unmapped. `full` also checks every page. */
  audit(full: boolean): Violation[];
  /** Frees all memory. No region may be attached and no page unmapped. */
  close(): void;
  /**
   * Replaces `close` after an unexpected error: brings every page back and makes every region ordinary memory. The machine
   * must not be used after that.
   */
  abandon(): void;
}
