import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { copySome, SpyMigrator } from '../offload/spy-migrator.js';
import { checkFolios, checkStats, FIRST, machineWith, migrate, row, TARGET } from './scenario.js';

test('of a partly failed batch only the folios that are not marked are copied singly', () => {
  const fake = machineWith();
  const migrator = new SpyMigrator(fake, (list, port) => {
    copySome(list, port, (i) => i % 3 === 0);
    return -ERRNO.EIO;
  });
  const { result, stats } = migrate(fake, row(32, 2), { migrator });
  assert.equal(result, 0);
  checkFolios(fake, row(32, 2), TARGET);
  for (const [page] of row(128)) assert.equal(fake.attempts('copy', page), 1, `copies of page ${page}`);
  checkStats(stats, { offload_batches: 1, offload_folios: 11, fallbacks: 21, folios_moved: 32 });
});

test('a migrator that reports success but has marked nothing is not believed', () => {
  const fake = machineWith();
  const { result, stats } = migrate(fake, row(4), { migrator: new SpyMigrator(fake, () => 0) });
  assert.equal(result, 0);
  checkFolios(fake, row(4), TARGET);
  checkStats(stats, { offload_batches: 0, offload_folios: 0, fallbacks: 4 });
});

test('the marks of one batch mean nothing for the next', () => {
  const fake = machineWith();
  let calls = 0;
  const migrator = new SpyMigrator(fake, (list, port) =>
    ++calls === 1 ? copySome(list, port, () => true) : 0,
  );
  migrate(fake, row(8), { migrator, batchPages: 4 });
  checkFolios(fake, row(8), TARGET);
});

test('the marks belong to the right folios where some of the batch were not handed over', () => {
  const fake = machineWith({ movableOps: new Set([FIRST, FIRST + 3]) });
  const migrator = new SpyMigrator(fake, (list, port) => copySome(list, port, (i) => i === 1));
  migrate(fake, row(6), { migrator });
  checkFolios(fake, row(6), TARGET);
  for (const [page] of row(6)) assert.equal(fake.attempts('copy', page), 1, `copies of page ${page}`);
});
