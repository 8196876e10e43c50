import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { pagePattern } from '../machine/page-pattern.js';
import { SpyMigrator } from '../offload/spy-migrator.js';
import { FIRST, machineWith, migrate, row, TARGET } from './scenario.js';

for (const offload of [true, false]) {
  const how = offload ? 'a migrator has copied' : 'was copied singly';
  test(`a folio that ${how} is copied afresh when it has to be retried`, () => {
    const changed = pagePattern(FIRST, 64, 7);
    const fake = machineWith({
      onMap: (page, attempt) => {
        if (page !== FIRST || attempt > 1) return 0;
        // Whoever made the folio busy goes on writing it, after its copy.
        fake.scribbleOnSource(FIRST, changed);
        return ERRNO.EAGAIN;
      },
    });
    const { result } = migrate(fake, row(2), offload ? { migrator: new SpyMigrator(fake) } : {});
    assert.equal(result, 0);
    assert.equal(fake.memory.nodeOf(FIRST), TARGET);
    assert.deepEqual(fake.memory.read(FIRST), changed);
    assert.equal(fake.attempts('copy', FIRST), 2);
    assert.equal(fake.attempts('copy', FIRST + 1), 1);
  });
}

test('a folio that goes back after its source has changed keeps the change', () => {
  const changed = pagePattern(FIRST, 64, 7);
  const fake = machineWith({
    onMap: (_page, attempt) => {
      if (attempt === 1) fake.scribbleOnSource(FIRST, changed);
      return ERRNO.EAGAIN;
    },
  });
  migrate(fake, row(1), { migrator: new SpyMigrator(fake) });
  assert.deepEqual(fake.memory.read(FIRST), changed);
});

test('the migrator is not called again for a retry', () => {
  const fake = machineWith({ onMap: (_page, attempt) => (attempt < 3 ? ERRNO.EAGAIN : 0) });
  const migrator = new SpyMigrator(fake);
  migrate(fake, row(2), { migrator });
  assert.equal(migrator.lists.length, 1);
});
