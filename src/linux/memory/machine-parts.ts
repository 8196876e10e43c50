import type { PlacementQuery } from '../sys/mempolicy.js';
import type { Pagemap } from '../sys/pagemap.js';
import type { TablePolicy } from '../tables/table-policy.js';
import type { Userfaultfd } from '../userfaultfd/userfaultfd.js';
import type { MemoryChanges } from './memory-changes.js';
import type { NodePools } from './node-pools.js';
import type { PageUndo } from './page-undo.js';
import type { PagesOut } from './pages-out.js';
import type { Quarantine } from './quarantine.js';
import type { Registration } from './registration.js';

/** The parts that folio-unmap.ts and folio-map.ts share. */
export interface MachineParts {
  readonly uffd: Userfaultfd;
  readonly pagemap: Pagemap;
  readonly pools: NodePools;
  readonly out: PagesOut;
  readonly quarantine: Quarantine;
  readonly pageUndo: PageUndo;
  readonly changes: MemoryChanges;
  readonly registration: Registration;
  /** On a host with several NUMA nodes: queries the real node of a page. */
  readonly placement: PlacementQuery | undefined;
  /** Moves whole page tables, and decides when. Undefined if they cannot move. */
  readonly tables: TablePolicy | undefined;
}
