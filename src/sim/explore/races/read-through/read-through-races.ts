import type { Race } from '../race.js';
import { reusesDestinations } from '../reuses-destinations.js';
import { ForgetsFlush } from './forgets-flush.js';
import { ForgetsUnguard } from './forgets-unguard.js';
import { KeepsMarks } from './keeps-marks.js';
import { LeavesCompareOut } from './leaves-compare-out.js';
import { LeavesRecheckOut } from './leaves-recheck-out.js';

/** What can be left out of a copy that is read through. */
export const READ_THROUGH_RACES: readonly Race[] = [
  {
    name: 'guard-unflushed',
    mistake: 'no flush after the protection',
    consequence:
      'A thread that still holds a writable translation writes to the old page after it was copied: the write is lost.',
    remedy: 'Translations are flushed once for the batch, between the protection and the copy.',
    foundBy: 'pageferry, when it learnt to read through',
    scenario: 'read-through',
    parts: { wrapMachine: (machine) => new ForgetsFlush(machine, 'guard') },
  },
  {
    name: 'swap-unflushed',
    mistake: 'no flush after the swap',
    consequence: 'A thread goes on reading a page that is no longer its own.',
    remedy: 'Translations are flushed once for every piece that is swapped.',
    foundBy: 'pageferry, when it learnt to read through',
    scenario: 'read-through',
    parts: { wrapMachine: (machine) => new ForgetsFlush(machine, 'unmap') },
  },
  {
    name: 'recheck-left-out',
    mistake: 'nobody asks whether the protection has held',
    consequence:
      'A page that the program gave back and touched anew is not protected any more: its old copy replaces what was written.',
    remedy: 'The page tables are asked before the copy and again just before the swap.',
    foundBy: 'pageferry, when it learnt to read through',
    scenario: 'read-through-drops',
    parts: { wrapMachine: (machine) => new LeavesRecheckOut(machine) },
  },
  {
    name: 'mark-kept',
    mistake: 'a folio that is retried keeps the mark of its copy',
    consequence: 'A copy from before the retry is swapped in, and what was written meanwhile is lost.',
    remedy: 'Whatever is retried is copied again, once it is out.',
    foundBy: 'pageferry, when it learnt to read through',
    scenario: 'read-through-retries',
    parts: { wrapMachine: (machine) => new KeepsMarks(machine) },
  },
  {
    name: 'unguard-left-out',
    mistake: 'what stays keeps its protection',
    consequence: 'A thread that writes to a page which was not moved sleeps for ever.',
    remedy: 'What stays has its protection taken away, and its writers are woken.',
    foundBy: 'pageferry, when it learnt to read through',
    scenario: 'read-through-pins',
    parts: { wrapMachine: (machine) => new ForgetsUnguard(machine) },
  },
  {
    name: 'compare-left-out',
    mistake: 'copies are not compared where a device writes to pages that it has pinned',
    consequence: 'A device writes past the protection, by its pin: the copy is stale.',
    remedy: 'Where such devices are open, copies are compared with their sources before the swap.',
    foundBy: 'pageferry, when it learnt to read through',
    scenario: 'read-through-pins',
    parts: { wrapMachine: (machine) => new LeavesCompareOut(machine) },
  },
  {
    name: 'guarded-reuse',
    mistake: 'a destination is used again after a timeout, while its folio is guarded',
    consequence: 'The device writes there later, into what is another page by then.',
    remedy: 'Source and destination are quarantined until the channel is known to be at rest.',
    foundBy: "v4's dcbm gives up after 10 s and frees",
    scenario: 'read-through-late',
    parts: { wrapMigrator: reusesDestinations },
  },
];
