import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { LinuxMachine } from '../../src/linux/memory/linux-machine.js';
import { advise, MADV_DONTFORK, MADV_DONTNEED } from '../../src/linux/sys/mman.js';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import { migratePages } from '../../src/mm/pipeline/migrate-pages.js';
import { MigrateStats } from '../../src/mm/stats.js';
import { BatchOffload } from '../../src/offload/batch-offload.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import { type Folio, HandMigration } from '../machine/hand-migration.js';
import { assertPattern, pagePattern } from '../machine/page-pattern.js';
import { memory, PAGE, peek, poke } from './support/memory.js';

const PAGES = 1024;

function withMachine(
  use: (machine: LinuxMachine, space: number, first: number) => undefined | 'abandoned',
): void {
  const node = { numaNode: 0, capacityPages: Number.POSITIVE_INFINITY };
  const machine = new LinuxMachine({
    nodes: [node, node],
    windowPages: PAGES,
    maxPoolPages: PAGES,
    copy: 'fast',
  });
  const program = memory(PAGES * PAGE, false);
  advise(program.address, PAGES * PAGE, MADV_DONTFORK);
  const first = program.address / PAGE;
  for (let page = first; page < first + PAGES; page++) poke(page * PAGE, pagePattern(page, PAGE));
  const space = machine.attach([{ address: program.address, pages: PAGES }], 0);
  machine.begin(space);
  const closed = use(machine, space, first) === 'abandoned';
  for (let page = first; page < first + PAGES; page++) assertPattern(peek(page * PAGE, PAGE), page);
  if (!closed) {
    machine.detach(space);
    machine.close();
  }
  program.unmap();
}

test('a rescue brings back what is out, and the memory is ordinary memory', () => {
  withMachine((machine, space, first) => {
    const folios: Folio[] = [
      [first, 9],
      [first + 513, 0],
      [first + 528, 4],
    ];
    new HandMigration(machine, space, folios).isolate().take(1).unmap().copy();
    const names = machine.audit(true).map(({ invariant }) => invariant);
    for (const name of [
      'no folio is unmapped',
      'the journal is empty',
      'no page is isolated',
      'no frame is in flight',
      'no page is reserved',
    ]) {
      assert.ok(names.includes(name), `${name} is not among ${names.join(', ')}`);
    }
    machine.abandon();
    // If it were registered, this thread would wait for ever for a page that was dropped.
    advise((first + 700) * PAGE, PAGE, MADV_DONTNEED);
    assert.deepEqual(peek((first + 700) * PAGE, PAGE), new Uint8Array(PAGE));
    poke((first + 700) * PAGE, pagePattern(first + 700, PAGE));
    return 'abandoned';
  });
});

test('a folio whose pages lie on different nodes is none: it is split, and the books stay right', () => {
  withMachine((machine, space, first) => {
    const migrate = (folios: readonly Folio[], reason: 'syscall' | 'numa_misplaced') => {
      const list = new FolioList();
      for (const [page, order] of folios) list.push(page, order);
      const stats = new MigrateStats();
      const errnos: number[] = [];
      migratePages(
        {
          machine,
          offload: new BatchOffload(new MigratorRegistry(), machine),
          space,
          plan: { target: 1, reason, mode: 'sync', batchPages: PAGES },
          stats,
          onFailure: (_page, _pages, errno) => errnos.push(errno),
        },
        list,
      );
      assert.deepEqual(machine.audit(true), []);
      return { stats, errnos };
    };
    migrate([[first + 5, 0]], 'syscall');
    assert.deepEqual(migrate([[first + 4, 2]], 'numa_misplaced').errnos, [ERRNO.EINVAL]);
    const { stats, errnos } = migrate(
      [
        [first, 2],
        [first + 4, 2],
        [first + 8, 2],
      ],
      'syscall',
    );
    assert.deepEqual(errnos, []);
    assert.equal(stats.get('splits'), 1);
    assert.equal(stats.get('nr_succeeded'), 12);
    for (let page = first; page < first + 12; page++) assert.equal(machine.space(space).nodeAt(page), 1);
    machine.end(space);
  });
});
