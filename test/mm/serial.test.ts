import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordingMachine } from '../machine/recording-machine.js';
import { SpyMigrator } from '../offload/spy-migrator.js';
import { checkFolios, checkStats, FIRST, machineWith, migrate, row, TARGET } from './scenario.js';

test('serial moves one folio at a time, whatever its order', () => {
  const fake = machineWith();
  const machine = new RecordingMachine(fake);
  const folios = [...row(2), ...row(1, 4, FIRST + 16), ...row(1, 9, FIRST + 512)];
  const { result, stats } = migrate(fake, folios, { machine, batchPages: 1 });
  assert.equal(result, 0);
  const one = ['isolate', 'take', 'unmap', 'flush', 'copy', 'map', 'putback'];
  assert.deepEqual(machine.sequence(...one), [...one, ...one, ...one, ...one]);
  checkFolios(fake, folios, TARGET);
  checkStats(stats, { batches: 4, folios_moved: 4 });
});

test('serial hands a migrator one folio at a time', () => {
  const fake = machineWith();
  const migrator = new SpyMigrator(fake);
  migrate(fake, row(3), { migrator, batchPages: 1 });
  assert.deepEqual(migrator.lists, [[FIRST], [FIRST + 1], [FIRST + 2]]);
});

test('a limit below one page still takes a folio at a time', () => {
  const fake = machineWith();
  const { stats } = migrate(fake, row(3), { batchPages: 0 });
  checkFolios(fake, row(3), TARGET);
  checkStats(stats, { batches: 3 });
});
