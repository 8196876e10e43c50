import type { FolioList } from '../../mm/pipeline/folio-list.js';
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

/** Whether units of a region can be watched now: not while it migrates, and not if its memory may be somebody else's. */
export function canWatch(space: AddressSpace, units: FolioList): boolean {
  return units.length > 0 && !space.lost && !space.migrating;
}
