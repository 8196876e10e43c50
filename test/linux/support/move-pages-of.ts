import type { LinuxMachine } from '../../../src/linux/memory/linux-machine.js';
import { FolioList } from '../../../src/mm/pipeline/folio-list.js';
import { migratePages } from '../../../src/mm/pipeline/migrate-pages.js';
import { MigrateStats } from '../../../src/mm/stats.js';
import { BatchOffload } from '../../../src/offload/batch-offload.js';
import { MigratorRegistry } from '../../../src/offload/registry.js';

export interface MoveOptions {
  readonly writeProtected?: boolean;
  /** Of the folios. */
  readonly order?: number;
  /** Told of each folio that stays where it was. */
  readonly onFailure?: (page: number, pages: number, errno: number) => void;
}

/**
 * Moves pages of a space that has begun to migrate, from `first` on, as one batch and without a migrator. Returns what was
 * counted.
 */
export function movePagesOf(
  machine: LinuxMachine,
  space: number,
  first: number,
  pages: number,
  target: number,
  { writeProtected = false, order = 0, onFailure }: MoveOptions = {},
): MigrateStats {
  const list = new FolioList();
  for (let page = first; page < first + pages; page += 1 << order) list.push(page, order);
  const stats = new MigrateStats();
  migratePages(
    {
      machine,
      offload: new BatchOffload(new MigratorRegistry(), machine),
      space,
      plan: { target, reason: 'syscall', mode: 'sync', batchPages: pages },
      writeProtected: writeProtected ? { piecePages: () => 512, compare: () => false } : undefined,
      stats,
      ...(onFailure === undefined ? {} : { onFailure }),
    },
    list,
  );
  return stats;
}
