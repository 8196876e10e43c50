import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CpuMigrator } from '../../src/migrators/cpu.js';
import { ERRNO } from '../../src/mm/errno.js';
import { migratePages, migratePagesInSteps } from '../../src/mm/migrate-pages.js';
import type { Migrator } from '../../src/offload/migrator.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import type { FakeMachineOptions, Fault } from '../machine/fake-machine.js';
import { RecordingMachine } from '../machine/recording-machine.js';
import { SpyAsyncMigrator } from '../offload/spy-async-migrator.js';
import {
  checkFolios,
  FIRST,
  folioList,
  type MigrateOptions,
  machineWith,
  migrate,
  requestOn,
  row,
  SOURCE,
  TARGET,
} from './scenario.js';

const BATCHES = 6;
const FOLIOS = BATCHES * 4;

/** A machine whose moves interrupt the CPUs that copy. */
const machineOf = (options: FakeMachineOptions = {}) => machineWith({ movesInterruptCpus: true, ...options });

/** Batches of four: which calls, in which order, each named once for a batch. */
function sequence(migrator: Migrator, more: MigrateOptions = {}): string[] {
  const fake = machineOf();
  const machine = new RecordingMachine(fake);
  const { result } = migrate(fake, row(FOLIOS), { machine, maxBatchedMigration: 4, migrator, ...more });
  assert.equal(result, 0);
  checkFolios(fake, row(FOLIOS), TARGET);
  const calls = machine.sequence('isolate', 'unmap', 'map');
  return calls.filter((call, i) => call !== calls[i - 1]);
}

test('the next batch is prepared while one is copied, and leaves when that one is back', () => {
  const migrator = new SpyAsyncMigrator();
  const settings = { pipeline_depth: 4 };
  assert.deepEqual(sequence(migrator, { settings }), [
    'isolate',
    'unmap',
    ...Array.from({ length: BATCHES - 1 }, () => ['isolate', 'map', 'unmap']).flat(),
    'map',
  ]);
  assert.deepEqual([migrator.started, migrator.finished, migrator.most], [BATCHES, BATCHES, 1]);
});

test('with a depth of 1, with a copy by this thread and with a device, nothing is prepared ahead', () => {
  const oneByOne = Array.from({ length: BATCHES }, () => ['isolate', 'unmap', 'map']).flat();
  assert.deepEqual(sequence(new SpyAsyncMigrator(), { settings: { pipeline_depth: 1 } }), oneByOne);
  assert.deepEqual(sequence(new CpuMigrator()), oneByOne);
  const spy = new SpyAsyncMigrator();
  const device: Migrator = {
    name: 'device',
    offloadCopy: () => assert.fail('it is asked to start'),
    startCopy: (list, port) => spy.startCopy(list, port),
  };
  sequence(device, { settings: { pipeline_depth: 2 } });
  assert.equal(spy.most, 2);
});

test('a pause that is asked for finds nothing out and nothing prepared', async () => {
  const fake = machineOf();
  const registry = new MigratorRegistry();
  registry.register(new SpyAsyncMigrator());
  let back = 0;
  const request = requestOn(fake, registry, { afterBatch: () => ++back === 2 });
  const steps = migratePagesInSteps(request, folioList(row(FOLIOS)));
  assert.equal(steps.next().done, false);
  fake.audit();
  // The batch that was prepared when the pause was asked for has moved as well.
  checkFolios(fake, row(12), TARGET);
  checkFolios(fake, row(FOLIOS - 12, 0, FIRST + 12), SOURCE);
  steps.return(0);
  fake.audit();
  await registry.unregister('async');
});

test('the target is full for the batch that is prepared: those before move, and what it has got as well', () => {
  const fake = machineOf({ capacity: [2048, 10] });
  const migrator = new SpyAsyncMigrator();
  const { result, failures } = migrate(fake, row(FOLIOS), { migrator, maxBatchedMigration: 4 });
  assert.equal(result, -ERRNO.ENOMEM);
  checkFolios(fake, row(10), TARGET);
  assert.deepEqual(
    failures,
    row(FOLIOS - 10, 0, FIRST + 10).map(([page]) => ({ page, pages: 1, errno: ERRNO.ENOMEM })),
  );
});

const STEPS: Record<string, (fault: Fault) => FakeMachineOptions> = {
  'isolating a folio': (onIsolate) => ({ onIsolate }),
  'taking a destination': (onTake) => ({ onTake }),
  unmapping: (onUnmap) => ({ onUnmap }),
  mapping: (onMap) => ({ onMap }),
};

for (const [step, options] of Object.entries(STEPS)) {
  for (let batch = 0; batch < BATCHES; batch++) {
    test(`a machine that breaks while ${step} in batch ${batch}: nothing is out, isolated or used up`, async () => {
      const page = FIRST + batch * 4 + 1;
      const fake = machineOf(
        options((faulty) => {
          if (faulty === page) throw new Error('the machine broke');
          return 0;
        }),
      );
      const registry = new MigratorRegistry();
      const migrator = new SpyAsyncMigrator();
      registry.register(migrator);
      assert.throws(() => migratePages(requestOn(fake, registry), folioList(row(FOLIOS))), {
        message: 'the machine broke',
      });
      assert.equal(migrator.underWay, 0);
      fake.audit();
      fake.memory.checkContent(FIRST, FOLIOS);
      assert.equal(fake.memory.nodeOf(page), SOURCE);
      await registry.unregister('async');
    });
  }
}
