import type { BatchPhase } from '../../mm/ports/batch-observer.js';
import type { PhaseEvent } from '../ferry-event.js';

/** What the kernel calls the function that does it (mm/migrate.c, mm/rmap.c, mm/userfaultfd.c). */
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

/** The kernel's name for the first half of a batch, and for the second. */
export const FIRST_HALF = 'migrate_pages_batch';
export const SECOND_HALF = 'migrate_folios_move';

/** A phase as a trace names it: by the kernel's function; a copy by its migrator. */
export function phaseName({ phase, migrator = 'migrator' }: PhaseEvent): string {
  if (phase === 'copy') return migrator === 'cpu' ? 'folios_mc_copy' : migrator;
  if (phase === 'wait') return `${migrator} wait`;
  return FUNCTIONS[phase];
}

/**
 * Whether a phase is of the half that takes a batch out, as long as none of the other half has come; else it is of the one
 * that brings it back.
 */
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
