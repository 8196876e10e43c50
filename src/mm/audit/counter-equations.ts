import { PAGE_SIZE, PMD_PAGES } from '../../common/page.js';
import { FALLBACK_CAUSES } from '../fallback-cause.js';
import type { FolioList } from '../pipeline/folio-list.js';
import { FALLBACK_COUNTERS, type MigrateStat, type MigrateStats } from '../stats.js';
import type { Violation } from './machine-books.js';

/** The first counter never exceeds the second. A moved folio has at least one page, and an offloaded batch is a batch. */
const PARTS: readonly (readonly [MigrateStat, MigrateStat])[] = [
  ['folios_moved', 'nr_succeeded'],
  ['folios_failed', 'nr_failed_pages'],
  ['nr_thp_succeeded', 'folios_moved'],
  ['nr_thp_failed', 'folios_failed'],
  ['nr_thp_split', 'nr_split'],
  ['offload_batches', 'batches'],
  ['declined_batches', 'batches'],
  ['offload_batches', 'offload_folios'],
  ['folios_quarantined', 'fallbacks'],
];

/** Checks the equations that hold between two batches in every case. */
export function checkCounters(stats: MigrateStats): Violation[] {
  const found: Violation[] = [];
  const expect = (holds: boolean, figures: () => string): void => {
    if (!holds) found.push({ invariant: 'the counters add up', figures: figures() });
  };
  const get = (name: MigrateStat): number => stats.get(name);
  const show = (name: MigrateStat): string => `${name} ${get(name)}`;
  for (const [part, whole] of PARTS) {
    expect(get(part) <= get(whole), () => `${show(part)} of ${show(whole)}`);
  }
  expect(
    get('bytes_moved') === get('nr_succeeded') * PAGE_SIZE,
    () => `${show('bytes_moved')} for ${get('nr_succeeded')} pages`,
  );
  expect(
    get('gap_bytes_moved') >= get('gap_folios_moved') * PAGE_SIZE && get('gap_bytes_moved') % PAGE_SIZE === 0,
    () => `${show('gap_bytes_moved')} for ${get('gap_folios_moved')} folios`,
  );
  expect(
    get('nr_thp_succeeded') * PMD_PAGES <= get('nr_succeeded'),
    () => `${show('nr_thp_succeeded')} in ${get('nr_succeeded')} pages`,
  );
  const tried = get('folios_moved') + get('folios_failed') + get('folios_absent') + get('splits');
  expect(
    // A folio is copied once while it is protected, and that copy is current or stale. A retried folio is copied after it
    // was unmapped.
    get('write_protected_folios') + get('write_protected_stale') <= tried,
    () => `${show('write_protected_folios')} and ${show('write_protected_stale')} of ${tried} folios tried`,
  );
  const causes = FALLBACK_CAUSES.reduce((sum, cause) => sum + get(FALLBACK_COUNTERS[cause]), 0);
  expect(get('fallbacks') === causes, () => `${show('fallbacks')}, by cause ${causes}`);
  return found;
}

/** The outcome of one folio list, as far as it was processed. */
export interface ListOutcome {
  /** Base pages that moved, failed or were absent. Folios in a gap do not count. */
  readonly moved: number;
  readonly failed: number;
  readonly absent: number;
}

/** In a list that was processed to its end, each base page has moved, failed or was absent. */
export function checkList(list: FolioList, { moved, failed, absent }: ListOutcome): Violation[] {
  let listed = 0;
  for (let i = 0; i < list.length; i++) if (list.inGap[i] === 0) listed += 1 << list.order[i]!;
  if (moved + failed + absent === listed) return [];
  return [
    {
      invariant: 'every listed page is accounted for',
      figures: `${listed} pages listed, ${moved} moved + ${failed} failed + ${absent} absent`,
    },
  ];
}
