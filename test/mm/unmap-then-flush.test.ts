import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { RecordingMachine } from '../machine/recording-machine.js';
import { SpyMigrator } from '../offload/spy-migrator.js';
import { FIRST, machineWith, migrate, row } from './scenario.js';

const STEPS = ['isolate', 'take', 'unmap', 'flush', 'copy', 'map', 'putback'];

test('a batch is isolated, given destinations, unmapped, flushed once, copied and mapped, in this order', () => {
  const fake = machineWith();
  const machine = new RecordingMachine(fake);
  migrate(fake, row(2), { machine });
  const expected = 'isolate isolate take take unmap flush copy copy map putback putback';
  assert.deepEqual(machine.sequence(...STEPS), expected.split(' '));
});

test('the order is the same when a migrator copies', () => {
  const fake = machineWith();
  const machine = new RecordingMachine(fake);
  migrate(fake, row(2), { machine, migrator: new SpyMigrator(fake) });
  const expected = 'isolate isolate take take unmap flush copy copy map putback putback';
  assert.deepEqual(machine.sequence(...STEPS), expected.split(' '));
});

test('the flush comes once, after the last pass over what could not be unmapped at first', () => {
  const fake = machineWith({
    onUnmap: (page, attempt) => (page === FIRST && attempt < 4 ? ERRNO.EAGAIN : 0),
  });
  const machine = new RecordingMachine(fake);
  migrate(fake, row(3), { machine });
  assert.deepEqual(machine.sequence('unmap', 'flush'), ['unmap', 'unmap', 'unmap', 'unmap', 'flush']);
});

test('each batch has one flush', () => {
  const fake = machineWith();
  const machine = new RecordingMachine(fake);
  migrate(fake, row(6), { machine, batchPages: 2 });
  const expected = ['unmap', 'flush', 'map', 'unmap', 'flush', 'map', 'unmap', 'flush', 'map'];
  assert.deepEqual(machine.sequence('unmap', 'flush', 'map'), expected);
});
