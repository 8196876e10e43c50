import { ForgetsFlush } from './broken-machines.js';
import { endsCopiesEarly } from './broken-migrators.js';
import { ForgetsTable, ForgetsWaiters, IgnoresPins } from './broken-tables.js';
import type { Race } from './race.js';

const FOUND_BY = 'pageferry, when it learnt to move page tables';

/** Mistakes in moves of whole page tables. */
export const TABLE_RACES: readonly Race[] = [
  {
    name: 'table-early',
    mistake: 'a page table arrives before its copy has ended',
    consequence: 'The device writes to pages that the program has already: what it wrote is lost.',
    remedy: 'A batch is mapped when the migrator has reported the end of its copy.',
    foundBy: FOUND_BY,
    scenario: 'tables',
    parts: { wrapMigrator: endsCopiesEarly },
  },
  {
    name: 'table-waiters',
    mistake: 'threads that wait for a page table are not woken',
    consequence: 'A thread that touched a page while its table was out sleeps forever.',
    remedy: 'When a table arrives or returns, every thread that waits for one of its pages is woken.',
    foundBy: FOUND_BY,
    scenario: 'tables',
    parts: { tableMoves: (memory) => new ForgetsWaiters(memory) },
  },
  {
    name: 'table-unflushed',
    mistake: 'no flush after a page table has left',
    consequence: 'A thread that still holds a translation writes to the old page: the write is lost.',
    remedy: 'Translations are flushed once for the batch, before it is copied.',
    foundBy: FOUND_BY,
    scenario: 'tables',
    parts: { wrapMachine: (machine) => new ForgetsFlush(machine, 'unmap') },
  },
  {
    name: 'table-pinned',
    mistake: 'a page table is moved although one of its pages is pinned',
    consequence: 'The device continues to write to the old page through its pin: what it writes is lost.',
    remedy: 'Pins are searched when a table has left. A table with a pinned page returns at once.',
    foundBy: FOUND_BY,
    scenario: 'tables-pins',
    parts: { tableMoves: (memory) => new IgnoresPins(memory) },
  },
  {
    name: 'table-forgotten',
    mistake: 'an undo of two page tables forgets one',
    consequence: 'Its pages are no longer mapped, and a thread that touches one sleeps forever.',
    remedy: 'An undo of a call returns every table.',
    foundBy: FOUND_BY,
    scenario: 'tables-pins',
    parts: { tableMoves: (memory) => new ForgetsTable(memory) },
  },
];
