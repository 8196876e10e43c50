import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import type { Batch } from '../../src/mm/pipeline/batch.js';
import type { BatchShape } from '../../src/mm/pipeline/batch-shape.js';
import type { FakeMachineOptions, Fault } from '../machine/fake-machine.js';
import { RunFakeMachine } from '../machine/run-fake-machine.js';
import { SpyAsyncMigrator } from '../offload/spy-async-migrator.js';
import { checkFolios, checkStats, FIRST, migrate, PAGES, row, SOURCE, TARGET } from './scenario.js';

/** Remembers the shape that each batch or piece has when it is to be unmapped and mapped, and what is put back as one. */
class WatchedMachine extends RunFakeMachine {
  readonly unmapped: BatchShape[] = [];
  readonly mapped: BatchShape[] = [];
  putbackAsOne = 0;

  constructor(options: FakeMachineOptions = {}) {
    super({ capacity: [2048, 2048], pageBytes: 64, ...options });
    this.memory.populate(FIRST, PAGES, SOURCE);
  }

  override unmap(batch: Batch): void {
    this.unmapped.push(batch.shape);
    super.unmap(batch);
  }

  override map(batch: Batch): void {
    this.mapped.push(batch.shape);
    super.map(batch);
  }

  override putbackRun(batch: Batch): void {
    this.putbackAsOne++;
    super.putbackRun(batch);
  }
}

/** The first try for one page is in vain. */
function onceFor(page: number): Fault {
  return (at, attempt) => (at === page && attempt === 1 ? ERRNO.EAGAIN : 0);
}

const copyModes = [
  ['exclusive', {}, 1],
  ['write-protected, in halves', { writeProtected: { pages: 4 } }, 2],
] as const;

for (const [copyMode, how, pieces] of copyModes) {
  const options = { ...how, batchPages: 8 };
  const repeat = (...one: BatchShape[]): BatchShape[] => Array.from({ length: pieces }, () => one).flat();

  test(`${copyMode}: runs are unmapped, mapped and put back as one, batch after batch`, () => {
    const machine = new WatchedMachine();
    const { stats } = migrate(machine, row(16), options);
    assert.deepEqual(machine.unmapped, repeat('run', 'run'));
    assert.deepEqual(machine.mapped, repeat('whole', 'whole'));
    assert.equal(machine.putbackAsOne, 2);
    checkStats(stats, { folios_moved: 16, batches: 2, retries: 0 });
  });

  test(`${copyMode}: a folio that is busy when it is unmapped makes its run folios, and the next batch is a run`, () => {
    const machine = new WatchedMachine({ onUnmap: onceFor(FIRST + 1) });
    const { stats } = migrate(machine, row(16), options);
    const first: BatchShape[] = pieces === 1 ? ['run', 'folios'] : ['run', 'run', 'folios'];
    assert.deepEqual(machine.unmapped, [...first, ...repeat('run')]);
    assert.equal(machine.putbackAsOne, 1);
    checkFolios(machine, row(16), TARGET);
    checkStats(stats, { folios_moved: 16, retries: 1 });
  });

  test(`${copyMode}: a folio that is busy when it is mapped makes its run folios`, () => {
    const machine = new WatchedMachine({ onMap: onceFor(FIRST + 1) });
    const { stats } = migrate(machine, row(8), options);
    assert.equal(machine.mapped[0], 'whole');
    assert.equal(machine.mapped.at(-1), 'folios');
    assert.equal(machine.putbackAsOne, 0);
    checkFolios(machine, row(8), TARGET);
    checkStats(stats, { folios_moved: 8, retries: 1 });
  });

  test(`${copyMode}: a folio that cannot be copied stays, and the others of its run move`, () => {
    const machine = new WatchedMachine({ onCopy: (page) => (page === FIRST + 1 ? ERRNO.EHWPOISON : 0) });
    const { stats } = migrate(machine, row(8), options);
    assert.equal(machine.mapped[0], 'folios');
    assert.equal(machine.putbackAsOne, 0);
    checkFolios(machine, row(1, 0, FIRST + 1), SOURCE);
    checkFolios(machine, row(6, 0, FIRST + 2), TARGET);
    checkStats(stats, { folios_moved: 7, folios_failed: 1 });
  });

  test(`${copyMode}: a folio whose copy is given up makes its run folios`, () => {
    const machine = new WatchedMachine();
    const migrator = new SpyAsyncMigrator((list) => {
      list.quarantined[1] = 1;
      return -ERRNO.ETIMEDOUT;
    });
    const { stats } = migrate(machine, row(8), { ...options, migrator });
    assert.deepEqual(machine.mapped, repeat('folios'));
    assert.equal(machine.putbackAsOne, 0);
    checkFolios(machine, row(8), TARGET);
    checkStats(stats, { folios_moved: 8, folios_quarantined: 1 });
  });

  test(`${copyMode}: scattered folios have no part in it`, () => {
    const machine = new WatchedMachine();
    const folios = [...row(3), ...row(5, 0, FIRST + 4)];
    migrate(machine, folios, options);
    assert.deepEqual([...machine.unmapped, ...machine.mapped], repeat('folios', 'folios'));
    assert.equal(machine.putbackAsOne, 0);
    checkFolios(machine, folios, TARGET);
  });
}
