import {
  AnswersWithin,
  FerryThatReplacesAtOnce,
  ForgetsMerging,
  ForgetsQueued,
  ferryWithJobs,
  ferryWithTurns,
  GivesTwice,
  KeepsReleased,
  ServesEverybody,
  StartsAtOnce,
  StaysRegistered,
} from './broken-engines.js';
import { ReleasesAtOnce } from './broken-migrators.js';
import type { Race } from './race.js';

const FOUND_BY = 'pageferry, when its scheduler came to the simulated machine';

/** Mistakes in the engine, and in the thread that drives it. */
export const FERRY_RACES: readonly Race[] = [
  {
    name: 'queued-release',
    mistake: 'a region that is released while it waits for its turn stays in the queue',
    consequence: 'When its turn comes there is nothing to do, and the migration thread dies of it.',
    remedy: 'A region that is released leaves the turns and the queue.',
    foundBy: FOUND_BY,
    scenario: 'ferry-release',
    parts: { ferry: ferryWithTurns(KeepsReleased) },
  },
  {
    name: 'room-twice',
    mistake: 'a region that is released while it waits gives back room that it never had',
    consequence: 'More spans are registered at once than the journal has room for.',
    remedy: 'Room is counted only for regions whose migration is in progress.',
    foundBy: FOUND_BY,
    scenario: 'ferry-release',
    parts: { ferry: ferryWithTurns(GivesTwice) },
  },
  {
    name: 'region-twice',
    mistake: 'a migration of a region begins while another of the same region is in progress',
    consequence:
      'The region is registered twice; the first that ends makes it ordinary memory under the other.',
    remedy: 'Migrations of one region are done one after the other.',
    foundBy: FOUND_BY,
    scenario: 'ferry-queue',
    parts: { ferry: ferryWithTurns(StartsAtOnce) },
  },
  {
    name: 'queued-unanswered',
    mistake: 'a ferry that is closed answers the calls in progress, and not the queued ones',
    consequence: 'The caller of a second migration of a region waits forever.',
    remedy: 'Every migration of a region that ends is answered.',
    foundBy: FOUND_BY,
    scenario: 'ferry-close',
    parts: { ferry: ferryWithTurns(ForgetsQueued) },
  },
  {
    name: 'abort-registered',
    mistake: 'a migration that its caller stops leaves its region registered',
    consequence: 'A thread that touches a page there for the first time sleeps forever.',
    remedy: 'However a job ends, it unregisters what it has registered.',
    foundBy: FOUND_BY,
    scenario: 'ferry-abort',
    parts: { ferry: ferryWithJobs(StaysRegistered) },
  },
  {
    name: 'abort-unmerged',
    mistake: 'a migration that its caller stops leaves merging stopped',
    consequence:
      'The kernel does not merge pages of the region any more: the program needs more memory than before.',
    remedy: 'However a job ends, merging continues afterwards.',
    foundBy: FOUND_BY,
    scenario: 'ferry-sharing',
    parts: { ferry: ferryWithJobs(ForgetsMerging) },
  },
  {
    name: 'replaced-at-once',
    mistake: "a region's new memory takes the place of the old while a migration is in progress",
    consequence: 'The migration continues with memory that is not the region any more.',
    remedy: 'It waits in the queue of the region, as a migration does.',
    foundBy: FOUND_BY,
    scenario: 'ferry-grown',
    parts: { ferry: FerryThatReplacesAtOnce },
  },
  {
    name: 'hole-over-out',
    mistake: 'a thread that waits for a page gets zeros, also for a page in flight',
    consequence: 'The thread continues with zeros, and its writes are lost when the page comes back.',
    remedy: 'A page that a migration has is left alone.',
    foundBy: FOUND_BY,
    scenario: 'ferry-holes',
    parts: { ferry: ServesEverybody },
  },
  {
    name: 'swap-within',
    mistake: 'a migrator is unregistered, and released, while it copies a batch',
    consequence: 'Threads and channels go while they still copy.',
    remedy:
      'Messages are answered between two steps, when nothing is in flight. Unregistering waits for the last batch.',
    foundBy: FOUND_BY,
    scenario: 'ferry-migrators',
    parts: { ferry: AnswersWithin, registry: (watch) => new ReleasesAtOnce(undefined, watch) },
  },
];
