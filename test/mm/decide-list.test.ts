import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reasonBit } from '../../src/mm/reason.js';
import { RecordingMachine } from '../machine/recording-machine.js';
import { SpyMigrator } from '../offload/spy-migrator.js';
import { checkFolios, checkStats, FIRST, machineWith, migrate, row, TARGET } from './scenario.js';

test('with no migrator every folio is copied singly', () => {
  const fake = machineWith();
  const machine = new RecordingMachine(fake);
  const { stats } = migrate(
    fake,
    [
      [FIRST, 0],
      [FIRST + 16, 4],
    ],
    { machine },
  );
  const copies = machine.calls.filter((call) => call.startsWith('copy'));
  assert.deepEqual(copies, [`copy ${FIRST} x1`, `copy ${FIRST + 16} x16`]);
  checkStats(stats, { offload_batches: 0, offload_folios: 0, fallbacks: 0, declined_batches: 0 });
});

test('with a migrator and a reason that is allowed the whole batch is handed over', () => {
  const fake = machineWith();
  const migrator = new SpyMigrator(fake);
  const { stats } = migrate(
    fake,
    [
      [FIRST, 0],
      [FIRST + 16, 4],
    ],
    { migrator, reasonMask: reasonBit('syscall') },
  );
  assert.deepEqual(migrator.lists, [[FIRST, FIRST + 16]]);
  checkStats(stats, { offload_batches: 1, offload_folios: 2, fallbacks: 0, folios_moved: 2 });
});

test('a reason that is masked is copied singly', () => {
  const fake = machineWith();
  const migrator = new SpyMigrator(fake);
  const { stats } = migrate(fake, row(4), {
    migrator,
    reason: 'compaction',
    reasonMask: reasonBit('syscall'),
  });
  assert.deepEqual(migrator.lists, []);
  checkFolios(fake, row(4), TARGET);
  checkStats(stats, { offload_batches: 0, fallbacks: 0, folios_moved: 4 });
});

test('a folio with a move callback of its own is never batched', () => {
  const fake = machineWith({ movableOps: new Set([FIRST + 1]) });
  const migrator = new SpyMigrator(fake);
  const { stats } = migrate(fake, row(3), { migrator });
  assert.deepEqual(migrator.lists, [[FIRST, FIRST + 2]]);
  checkFolios(fake, row(3), TARGET);
  checkStats(stats, { offload_folios: 2, fallbacks: 0, folios_moved: 3 });
});

test('a migrator is not called for a batch that has nothing for it', () => {
  const fake = machineWith({ movableOps: new Set([FIRST]) });
  const migrator = new SpyMigrator(fake);
  migrate(fake, row(1), { migrator });
  assert.deepEqual(migrator.lists, []);
});

test('a migrator sees only the folios that were unmapped', () => {
  const fake = machineWith({ onUnmap: (page) => (page === FIRST + 1 ? 5 : 0) });
  fake.hold(FIRST + 2);
  fake.memory.forget(FIRST + 3);
  const migrator = new SpyMigrator(fake);
  migrate(fake, row(5), { migrator });
  assert.deepEqual(migrator.lists, [[FIRST, FIRST + 4]]);
});

test('each batch is handed over on its own', () => {
  const fake = machineWith();
  const migrator = new SpyMigrator(fake);
  const { stats } = migrate(fake, row(5), { migrator, batchPages: 2 });
  assert.deepEqual(migrator.lists, [[FIRST, FIRST + 1], [FIRST + 2, FIRST + 3], [FIRST + 4]]);
  checkStats(stats, { batches: 3, offload_batches: 3 });
});
