import assert from 'node:assert/strict';
import { test } from 'node:test';
import { migratePages } from '../../src/mm/pipeline/migrate-pages.js';
import { MigrateStats } from '../../src/mm/stats.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import type { FakeMachine, FakeMachineOptions, Fault } from '../machine/fake-machine.js';
import { RecordingMachine } from '../machine/recording-machine.js';
import { SpyAsyncMigrator } from '../offload/spy-async-migrator.js';
import { copySome } from '../offload/spy-migrator.js';
import { checkFolios, FIRST, folioList, machineWith, requestOn, row, SOURCE } from './scenario.js';

const BATCHES = 6;
const FOLIOS = BATCHES * 4;

/** Migrates six batches of four; the machine is to break. Returns what was counted. */
async function breakDown(
  fake: FakeMachine,
  depth: number,
  machine: RecordingMachine = new RecordingMachine(fake),
): Promise<MigrateStats> {
  const stats = new MigrateStats();
  const registry = new MigratorRegistry();
  registry.settings.set('pipeline_depth', depth);
  // Leaves something for the pipeline itself to copy.
  const migrator = new SpyAsyncMigrator((list, port) => copySome(list, port, (i) => i !== 1));
  registry.register(migrator);
  const request = requestOn(fake, registry, { machine, stats });
  assert.throws(() => migratePages(request, folioList(row(FOLIOS))), { message: 'the machine broke' });
  assert.equal(migrator.underWay, 0, 'every copy was waited for before its frames changed hands');
  assert.equal(migrator.max, depth);
  await registry.unregister('async');
  return stats;
}

/** Whole and with their content; on the target up to some batch, and from there on at the source. */
function checkWhole(fake: FakeMachine): void {
  fake.audit();
  fake.memory.checkContent(FIRST, FOLIOS);
  const nodes = Array.from({ length: FOLIOS }, (_, i) => fake.memory.nodeOf(FIRST + i));
  assert.deepEqual(
    nodes,
    nodes.toSorted((a, b) => b - a),
  );
}

const STEPS: Record<string, (fault: Fault) => FakeMachineOptions> = {
  'isolating a folio': (onIsolate) => ({ onIsolate }),
  'taking a destination': (onTake) => ({ onTake }),
  unmapping: (onUnmap) => ({ onUnmap }),
  copying: (onCopy) => ({ onCopy }),
  mapping: (onMap) => ({ onMap }),
};

for (const depth of [2, 3, 4]) {
  for (const [step, options] of Object.entries(STEPS)) {
    // A batch before the pipeline is full, for the steps that come before a copy, would find fewer out.
    for (const batch of Array.from({ length: BATCHES - depth }, (_, i) => depth + i)) {
      test(`depth ${depth}: a machine that breaks while ${step} in batch ${batch}, with others out`, async () => {
        const page = FIRST + batch * 4 + 1;
        const fake = machineWith(
          options((faulty) => {
            if (faulty === page) throw new Error('the machine broke');
            return 0;
          }),
        );
        await breakDown(fake, depth);
        checkWhole(fake);
        assert.equal(fake.memory.nodeOf(page), SOURCE);
      });
    }
  }

  test(`depth ${depth}: a machine that breaks in its flush, with others out`, async () => {
    const fake = machineWith();
    const machine = new RecordingMachine(fake);
    let flushes = 0;
    machine.flush = () => {
      fake.flush();
      if (++flushes === depth + 1) throw new Error('the machine broke');
    };
    await breakDown(fake, depth, machine);
    checkWhole(fake);
  });

  test(`depth ${depth}: what cannot be restored does not keep the other batches out`, async () => {
    const stuck = 1;
    const fake = machineWith();
    const machine = new RecordingMachine(fake);
    machine.map = () => {
      throw new Error('the machine broke');
    };
    let restored = 0;
    machine.undo = (batch) => {
      if (restored++ === stuck) throw new Error('the machine broke');
      fake.undo(batch);
    };
    const stats = await breakDown(fake, depth, machine);
    assert.equal(restored, depth);
    // What went back because another batch broke is counted, too.
    assert.equal(stats.get('batches'), depth - 1);
    fake.audit({ idle: false });
    const lost = (i: number): boolean => Math.floor(i / 4) === stuck;
    for (let i = 0; i < FOLIOS; i++) assert.equal(fake.memory.has(FIRST + i), !lost(i), `page ${i}`);
    assert.equal(fake.inFlight, 8);
  });
}

test('a migrator whose end is waited for while the machine is broken may throw, too', async () => {
  const fake = machineWith({
    onUnmap: (page) => {
      if (page === FIRST + 9) throw new Error('the machine broke');
      return 0;
    },
  });
  const registry = new MigratorRegistry();
  registry.settings.set('pipeline_depth', 3);
  const migrator = new SpyAsyncMigrator(() => {
    throw new Error('driver bug');
  });
  registry.register(migrator);
  const request = requestOn(fake, registry);
  assert.throws(() => migratePages(request, folioList(row(FOLIOS))), { message: 'the machine broke' });
  assert.equal(migrator.finished, 2);
  fake.audit();
  checkFolios(fake, row(FOLIOS), SOURCE);
  await registry.unregister('async');
});
