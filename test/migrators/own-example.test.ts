import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ModuleMigrator } from '../../src/own-migrators/host.js';
import { copyList } from '../ferry/support/copy-list.js';
import { Frames } from '../ferry/support/frames.js';

const example = new URL('../../../examples/own-migrator/', import.meta.url);

test('the example of a migrator passes the checks, as its test says', () => {
  const file = fileURLToPath(new URL('test.mjs', example));
  const output = execFileSync(process.execPath, [file], { encoding: 'utf8' });
  assert.match(output, /^\d+ checks passed, \d+ declined\n$/);
});

test('the example of a migrator copies in a thread of its own', async (t) => {
  const frames = new Frames(64);
  const migrator = await ModuleMigrator.load({
    module: new URL('my-migrator.mjs', example).href,
    capacity: 8,
    frameBase: frames.base,
    timeoutMs: () => 20_000,
  });
  t.after(async () => {
    await migrator.close();
    frames.unmap();
  });
  const list = copyList([42, 12, 1], [40, 10, 1], [50, 20, 0]);
  assert.equal(migrator.offloadCopy(list), 0);
  assert.deepEqual([...list.copied], [1, 1, 1]);
  assert.deepEqual(frames.contents(40, 4), [10, 11, 12, 13]);
  assert.deepEqual(frames.contents(50, 1), [20]);
});
