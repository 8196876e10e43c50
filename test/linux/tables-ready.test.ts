import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinuxMachine } from '../../src/linux/memory/linux-machine.js';
import { advise, MADV_DONTFORK } from '../../src/linux/sys/mman.js';
import { remap } from '../../src/linux/sys/remap.js';
import { type Folio, HandMigration } from '../machine/hand-migration.js';
import { assertPattern, pagePattern } from '../machine/page-pattern.js';
import { HUGE, memory, PAGE, peek, poke } from './support/memory.js';

const TABLES = 2;
const TABLE_PAGES = HUGE / PAGE;
const PAGES = TABLES * TABLE_PAGES;

test('a shadow is not made ready where another batch is out: what comes back is not registered for a moment', () => {
  const node = { numaNode: 0, capacityPages: Number.POSITIVE_INFINITY };
  const touched: number[] = [];
  const machine = new LinuxMachine({
    nodes: [node, node],
    windowPages: PAGES,
    depth: 2,
    maxPoolPages: PAGES,
    copy: 'fast',
    pageTables: () => 'always',
    remap: (from, to, bytes) => {
      touched.push(from, to);
      return remap(from, to, bytes);
    },
  });
  const program = memory(TABLES * HUGE, false);
  advise(program.address, TABLES * HUGE, MADV_DONTFORK);
  const first = program.address / PAGE;
  for (let page = first; page < first + PAGES; page++) poke(page * PAGE, pagePattern(page, PAGE));
  const space = machine.attach([{ address: program.address, pages: PAGES }], 0);
  machine.begin(space);
  const scattered = new HandMigration(machine, space, [
    [first + 5, 0],
    [first + 7, 0],
  ]);
  scattered.isolate().take(1).unmap().copy();
  const table: Folio[] = Array.from({ length: TABLE_PAGES }, (_, i) => [first + TABLE_PAGES + i, 0]);
  const whole = new HandMigration(machine, space, table, 1);
  whole.isolate().take(1).unmap().copy().map().putback();
  assert.equal(touched.includes(program.address), false, 'the table of the other batch was moved');
  scattered.map().putback();
  assert.deepEqual(machine.audit(true), []);

  // Nothing is out: now all of it is made ready.
  const again = new HandMigration(machine, space, table);
  again.isolate().take(0).unmap().copy().map().putback();
  assert.equal(touched.includes(program.address), true);
  assert.ok(machine.tablesMoved > 0);
  machine.end(space);
  assert.deepEqual(machine.audit(true), []);
  for (let page = first; page < first + PAGES; page++) assertPattern(peek(page * PAGE, PAGE), page);
  machine.detach(space);
  machine.close();
  program.unmap();
});
