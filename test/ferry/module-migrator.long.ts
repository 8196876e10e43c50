import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fixture, loadFixture } from './support/module-fixture.js';
import {
  COPIES_AND_MARKS_CASES,
  copiesAndMarks,
  SEVERAL_BATCHES_CASES,
  severalBatches,
} from './support/module-migrator-scenes.js';

copiesAndMarks(COPIES_AND_MARKS_CASES.slice(1));

severalBatches(SEVERAL_BATCHES_CASES.slice(1));

test('a module that does not end when it is asked to is ended', async (t) => {
  const { migrator } = await loadFixture(t, 'never-closes', undefined, { closeTimeoutMs: 20 });
  await migrator.owner.release();
  assert.equal(migrator.alive, false);
});

test('its thread does not keep the process alive', () => {
  const migrator = new URL('../../src/own-migrators/host.js', import.meta.url).href;
  const script = `
    import { ModuleMigrator } from ${JSON.stringify(migrator)};
    const options = { capacity: 1, frameBase: 0, timeoutMs: () => 1000 };
    await ModuleMigrator.load({ ...options, module: ${JSON.stringify(fixture('never-closes'))} });
    console.log('loaded');
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.equal(output, 'loaded\n');
});
