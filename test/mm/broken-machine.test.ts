import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FakeMachineOptions, Fault } from '../machine/fake-machine.js';
import { RecordingMachine } from '../machine/recording-machine.js';
import { checkFolios, FIRST, machineWith, migrate, row, SOURCE, TARGET } from './scenario.js';

const breaks: Fault = (page) => {
  if (page === FIRST + 8) throw new Error('the machine broke');
  return 0;
};

const STEPS: Record<string, FakeMachineOptions> = {
  'isolating a folio': { onIsolate: breaks },
  'taking a destination': { onTake: breaks },
  unmapping: { onUnmap: breaks },
  copying: { onCopy: breaks },
};

for (const [step, options] of Object.entries(STEPS)) {
  test(`a machine that throws while ${step}: everything goes back, and the error goes on`, () => {
    const fake = machineWith(options);
    assert.throws(() => migrate(fake, row(4, 2)), { message: 'the machine broke' });
    checkFolios(fake, row(4, 2), SOURCE);
  });
}

test('a machine that throws while mapping: what is mapped stays, the rest goes back', () => {
  const fake = machineWith({ onMap: breaks });
  assert.throws(() => migrate(fake, row(4, 2)), { message: 'the machine broke' });
  checkFolios(fake, row(2, 2), TARGET);
  checkFolios(fake, row(2, 2, FIRST + 8), SOURCE);
});

test('a machine that throws while it flushes: everything goes back', () => {
  const fake = machineWith();
  const machine = new RecordingMachine(fake);
  machine.flush = () => {
    throw new Error('the machine broke');
  };
  assert.throws(() => migrate(fake, row(4, 2), { machine }), { message: 'the machine broke' });
  checkFolios(fake, row(4, 2), SOURCE);
});

test('a machine that throws in a later batch: the batches before it have moved', () => {
  const fake = machineWith({ onUnmap: breaks });
  assert.throws(() => migrate(fake, row(4, 2), { batchPages: 4 }));
  checkFolios(fake, row(2, 2), TARGET);
  checkFolios(fake, row(2, 2, FIRST + 8), SOURCE);
});

test('what a broken machine left can be migrated when it is well again', () => {
  let broken = true;
  const fake = machineWith({ onCopy: (...args) => (broken ? breaks(...args) : 0) });
  assert.throws(() => migrate(fake, row(4, 2)));
  broken = false;
  assert.equal(migrate(fake, row(4, 2)).result, 0);
  checkFolios(fake, row(4, 2), TARGET);
});
