import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pagePattern } from '../machine/page-pattern.js';
import { RecordingMachine } from '../machine/recording-machine.js';
import { SpyMigrator } from '../offload/spy-migrator.js';
import { checkFolios, checkStats, FIRST, machineWith, migrate, row, TARGET } from './scenario.js';

const STEPS = [
  'protect',
  'flush',
  'copy',
  'beginCutover',
  'verifyProtection',
  'unmap',
  'compare',
  'map',
  'undo',
  'unprotect',
];

test('a batch is protected, flushed, copied, and only then unmapped and mapped; nothing is left to unprotect', () => {
  const fake = machineWith();
  const machine = new RecordingMachine(fake);
  const { stats } = migrate(fake, row(3), { machine, writeProtected: {} });
  checkFolios(fake, row(3), TARGET);
  const calls = machine.sequence(...STEPS);
  assert.deepEqual(calls.slice(0, 9), [
    'protect',
    'flush',
    'copy',
    'copy',
    'copy',
    'beginCutover',
    'verifyProtection',
    'unmap',
    'flush',
  ]);
  assert.equal(calls[9], 'map');
  checkStats(stats, { write_protected_folios: 3, write_protected_stale: 0, folios_moved: 3 });
});

test('a migrator reads the pages where the program has them mapped', () => {
  const fake = machineWith();
  const migrator = new SpyMigrator(fake);
  const { stats } = migrate(fake, row(4, 2), { migrator, writeProtected: {} });
  checkFolios(fake, row(4, 2), TARGET);
  assert.deepEqual(migrator.lists, [row(4, 2).map(([page]) => page)]);
  checkStats(stats, { offload_folios: 4, write_protected_folios: 4, fallbacks: 0 });
  for (const [page] of row(16)) assert.equal(fake.attempts('copy', page), 1);
});

test('while it is copied a reader reads, and a writer waits until the page has moved', () => {
  const written = pagePattern(FIRST + 1, 64, 5);
  const events: string[] = [];
  const fake = machineWith({
    onCopy: (page) => {
      if (page !== FIRST) return 0;
      assert.equal(
        fake.readByThread(FIRST + 1, () => events.push('read')),
        true,
      );
      const wrote = (): void => void events.push(`written on node ${fake.memory.nodeOf(FIRST + 1)}`);
      assert.equal(fake.writeByThread(FIRST + 1, written, wrote), false);
      return 0;
    },
  });
  migrate(fake, row(2), { writeProtected: {} });
  assert.deepEqual(events, ['read', `written on node ${TARGET}`]);
  assert.deepEqual(fake.memory.read(FIRST + 1), written);
});

test('what a thread writes between the protection and its flush is copied', () => {
  const written = pagePattern(FIRST, 64, 5);
  let flushes = 0;
  const fake = machineWith({
    onCall: (call) => {
      // Its translation is stale, and lets it write.
      if (call === 'flush' && ++flushes === 1) assert.equal(fake.writeByThread(FIRST, written), true);
    },
  });
  const { stats } = migrate(fake, row(1), { writeProtected: {} });
  assert.deepEqual(fake.memory.read(FIRST), written);
  checkStats(stats, { write_protected_folios: 1 });
});

test('while it is cut over a reader waits, and reads when the page is back', () => {
  let read: Uint8Array | undefined;
  const fake = machineWith({
    onMap: (page) => {
      if (page !== FIRST) return 0;
      const then = (bytes: Uint8Array): void => {
        read = bytes;
      };
      assert.equal(fake.readByThread(FIRST, then), false);
      return 0;
    },
  });
  migrate(fake, row(2), { writeProtected: {} });
  assert.deepEqual(read, pagePattern(FIRST, 64));
});

test('who does not ask for it gets nothing protected', () => {
  const fake = machineWith();
  const machine = new RecordingMachine(fake);
  const { stats } = migrate(fake, row(8), { machine });
  assert.deepEqual(machine.sequence('protect', 'verifyProtection', 'unprotect', 'beginCutover'), []);
  checkStats(stats, { write_protected_folios: 0 });
});
