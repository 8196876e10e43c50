import {
  ForgetsFlush,
  ForgetsUnprotect,
  KeepsMarks,
  LeavesCompareOut,
  LeavesVerificationOut,
} from './broken-machines.js';
import { reusesDestinations } from './broken-migrators.js';
import type { Race } from './race.js';

/** Omissions in a write-protected copy. */
export const WRITE_PROTECTED_RACES: readonly Race[] = [
  {
    name: 'protect-unflushed',
    mistake: 'no flush after the protection',
    consequence:
      'A thread that still holds a writable translation writes to the old page after it was copied: the write is lost.',
    remedy: 'Translations are flushed once for the batch, between the protection and the copy.',
    foundBy: 'pageferry, when it got the write-protected copy',
    scenario: 'write-protected',
    parts: { wrapMachine: (machine) => new ForgetsFlush(machine, 'protect') },
  },
  {
    name: 'cutover-unflushed',
    mistake: 'no flush after the cutover',
    consequence: 'A thread continues to read a page that is no longer its own.',
    remedy: 'Translations are flushed once for every piece that is cut over.',
    foundBy: 'pageferry, when it got the write-protected copy',
    scenario: 'write-protected',
    parts: { wrapMachine: (machine) => new ForgetsFlush(machine, 'unmap') },
  },
  {
    name: 'verification-left-out',
    mistake: 'the protection is not verified',
    consequence:
      'A page that the program dropped and touched again is no longer protected: its old copy replaces what was written.',
    remedy: 'The page tables are read before the copy and again just before the cutover.',
    foundBy: 'pageferry, when it got the write-protected copy',
    scenario: 'write-protected-drops',
    parts: { wrapMachine: (machine) => new LeavesVerificationOut(machine) },
  },
  {
    name: 'mark-kept',
    mistake: 'a folio that is retried keeps the mark of its copy',
    consequence: 'A copy from before the retry is mapped, and what was written since is lost.',
    remedy: 'A folio that is retried is copied again, once it is unmapped.',
    foundBy: 'pageferry, when it got the write-protected copy',
    scenario: 'write-protected-retries',
    parts: { wrapMachine: (machine) => new KeepsMarks(machine) },
  },
  {
    name: 'unprotect-left-out',
    mistake: 'a page that stays keeps its protection',
    consequence: 'A thread that writes to a page which was not moved sleeps forever.',
    remedy: 'A page that stays is unprotected, and its writers are woken.',
    foundBy: 'pageferry, when it got the write-protected copy',
    scenario: 'write-protected-pins',
    parts: { wrapMachine: (machine) => new ForgetsUnprotect(machine) },
  },
  {
    name: 'compare-left-out',
    mistake: 'copies are not compared where a device writes to pages that it has pinned',
    consequence: 'A device writes past the protection, by its pin: the copy is stale.',
    remedy: 'Where such devices are open, copies are compared with their sources before the cutover.',
    foundBy: 'pageferry, when it got the write-protected copy',
    scenario: 'write-protected-pins',
    parts: { wrapMachine: (machine) => new LeavesCompareOut(machine) },
  },
  {
    name: 'protected-reuse',
    mistake: 'a destination is used again after a timeout, while its folio is write-protected',
    consequence: 'The device writes there later, into what is another page by then.',
    remedy: 'Source and destination are quarantined until the channel is known to be idle.',
    foundBy: "v4's dcbm gives up after 10 s and frees",
    scenario: 'write-protected-late',
    parts: { wrapMigrator: reusesDestinations },
  },
];
