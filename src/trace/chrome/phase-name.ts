import type { BatchPhase } from '../../mm/ports/batch-observer.js';
import type { PhaseEvent } from '../ferry-event.js';

/** The kernel's function for each phase (mm/migrate.c, mm/rmap.c, mm/userfaultfd.c). */
const FUNCTIONS: Readonly<Record<Exclude<BatchPhase, 'copy' | 'wait'>, string>> = {
  isolate: 'isolate_folio_to_list',
  destinations: 'alloc_migration_target',
  protect: 'uffd_wp_range',
  unmap: 'migrate_folio_unmap',
  flush: 'try_to_unmap_flush',
  move: 'migrate_folio_move',
  map: 'remove_migration_ptes',
  undo: 'migrate_folio_undo_src',
  putback: 'putback_movable_pages',
};

/** The kernel's functions for the two halves of a batch. */
export const FIRST_HALF = 'migrate_pages_batch';
export const SECOND_HALF = 'migrate_folios_move';

/** The name of a phase in a trace: the kernel's function, or the migrator for a copy. */
export function phaseName({ phase, migrator = 'migrator' }: PhaseEvent): string {
  if (phase === 'copy') return migrator === 'cpu' ? 'folios_mc_copy' : migrator;
  if (phase === 'wait') return `${migrator} wait`;
  return FUNCTIONS[phase];
}

/** Whether a phase belongs to the first half of a batch, which unmaps it, if no phase of the second half came before. */
export function isFirstHalf(phase: BatchPhase): boolean {
  switch (phase) {
    case 'isolate':
    case 'destinations':
    case 'protect':
    case 'unmap':
    case 'flush':
    case 'copy':
      return true;
    default:
      return false;
  }
}
