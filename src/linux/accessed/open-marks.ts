import type { PageMarksPort } from '../../mm/ports/access-port.js';
import type { AddressSpace } from '../memory/address-space.js';
import type { Journal } from '../rescue/journal.js';
import type { Pagemap } from '../sys/pagemap.js';

/** Marks that are open, so that they can be closed, and their watch can be ended. */
export interface OpenMarks extends PageMarksPort {
  /** Ends the watch of a region, or of any. */
  cancel(space?: AddressSpace): void;
  close(): void;
}

/** The parts of the machine that marks use. */
export interface MarkHost {
  /** The region of a handle. */
  readonly space: (id: number) => AddressSpace;
  readonly pagemap: Pagemap;
  readonly journal: Journal;
}
