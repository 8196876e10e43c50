import { PAGE_SIZE, PMD_PAGES } from '../../common/page.js';
import { FALLBACK_CAUSES } from '../fallback-cause.js';
import type { FolioList } from '../pipeline/folio-list.js';
import { FALLBACK_COUNTERS, type MigrateStat, type MigrateStats } from '../stats.js';
import type { Violation } from './machine-books.js';

/** The first is part of the second: a folio has a page, a batch that was offloaded is a batch. */
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

/** The equations that hold between counters at any time between two batches, whatever has happened. */
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
    // A folio is copied through its readers once, and found stale or not; if it is retried, it is copied once it is out.
    get('write_protected_folios') + get('write_protected_stale') <= tried,
    () => `${show('write_protected_folios')} and ${show('write_protected_stale')} of ${tried} folios tried`,
  );
  const causes = FALLBACK_CAUSES.reduce((sum, cause) => sum + get(FALLBACK_COUNTERS[cause]), 0);
  expect(get('fallbacks') === causes, () => `${show('fallbacks')}, by cause ${causes}`);
  return found;
}

/** What has become of the folios of one list, as far as it was gone through. */
export interface ListOutcome {
  /** Base pages that moved, that failed, and that were not there; folios that lay in a gap do not count. */
  readonly moved: number;
  readonly failed: number;
  readonly absent: number;
}

/** Each base page of a list that was gone through to its end has moved, failed or was absent. */
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
