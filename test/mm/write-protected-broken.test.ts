import assert from 'node:assert/strict';
import { test } from 'node:test';
import { migratePages } from '../../src/mm/pipeline/migrate-pages.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import type { FakeMachine, FakeMachineOptions, Fault, SilentCall } from '../machine/fake-machine.js';
import { SpyAsyncMigrator } from '../offload/spy-async-migrator.js';
import { copySome } from '../offload/spy-migrator.js';
import { FIRST, folioList, machineWith, requestOn, row, writeProtectedOf } from './scenario.js';

const BATCHES = 5;
const FOLIOS = BATCHES * 4;

/** Migrates five batches of four in pieces of two; writers wait in each batch. Returns how many of them have written. */
async function breakDown(fake: FakeMachine, depth: number): Promise<void> {
  const registry = new MigratorRegistry();
  registry.settings.set('pipeline_depth', depth);
  let waited = 0;
  let wrote = 0;
  const migrator = new SpyAsyncMigrator((list, port) => {
    const page = fake.pageAt(list.src[2]!);
    const content = fake.memory.read(page);
    if (!fake.writeByThread(page, content, () => wrote++)) waited++;
    // Leaves something for the pipeline itself to copy.
    return copySome(list, port, (i) => i !== 1);
  });
  registry.register(migrator);
  const request = requestOn(fake, registry, {
    writeProtected: writeProtectedOf({ pages: 2, compare: true }),
  });
  assert.throws(() => migratePages(request, folioList(row(FOLIOS))), { message: 'the machine broke' });
  assert.equal(migrator.underWay, 0, 'a copy goes on');
  await registry.unregister('async');
  assert.equal(wrote, waited, 'a writer sleeps for ever');
}

function checkWhole(fake: FakeMachine): void {
  fake.audit();
  fake.memory.checkContent(FIRST, FOLIOS);
}

const STEPS: Record<string, (fault: Fault) => FakeMachineOptions> = {
  'isolating a folio': (onIsolate) => ({ onIsolate }),
  'taking a destination': (onTake) => ({ onTake }),
  protecting: (onProtect) => ({ onProtect }),
  copying: (onCopy) => ({ onCopy }),
  unmapping: (onUnmap) => ({ onUnmap }),
  mapping: (onMap) => ({ onMap }),
};

for (const depth of [1, 2, 4]) {
  for (const [step, options] of Object.entries(STEPS)) {
    for (const folio of [1, 6, 11, FOLIOS - 1]) {
      test(`depth ${depth}: a machine that breaks while ${step}, at folio ${folio}`, async () => {
        const fake = machineWith(
          options((page) => {
            if (page === FIRST + folio) throw new Error('the machine broke');
            return 0;
          }),
        );
        await breakDown(fake, depth);
        checkWhole(fake);
      });
    }
  }

  for (const call of [
    'flush',
    'beginCutover',
    'verifyProtection',
    'compare',
    'ask',
  ] as const satisfies SilentCall[]) {
    for (const nth of [1, 2, 5]) {
      test(`depth ${depth}: a machine that breaks in the ${nth}. call of ${call}`, async () => {
        let calls = 0;
        const fake = machineWith({
          onCall: (each) => {
            if (each === call && ++calls === nth) throw new Error('the machine broke');
          },
        });
        await breakDown(fake, depth);
        checkWhole(fake);
      });
    }
  }

  test(`depth ${depth}: a machine that breaks in its first undo takes the protection off all the same`, async () => {
    let restores = 0;
    const fake = machineWith({
      onMap: (page) => (page === FIRST + 5 ? 5 : 0),
      onCall: (call) => {
        if (call === 'undo' && ++restores >= 3) throw new Error('the machine broke');
      },
    });
    await breakDown(fake, depth);
    fake.audit({ idle: false });
    assert.equal(fake.protectedPages, 0);
  });
}
