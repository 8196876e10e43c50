import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampled } from '../deep.js';
import { LIMIT } from './support/fixture.js';
import { dieUnderLoad, PHASES } from './support/thread-death.js';

for (const [call, when] of sampled(PHASES, 3)) {
  test(`the migration thread ends ${when} ${call}: nothing is lost, the ferry closes`, LIMIT, async () => {
    const death = await dieUnderLoad({ call, when, nth: 3, how: 'exit' });
    assert.match(death.message, /the thread exited with code 3/);
    assert.match(death.message, /Every page is in place/);
  });
}

for (const migrator of [
  { name: 'mtcopy', threads: 2 },
  { name: 'dcbm', channels: 2 },
] as const) {
  test(`the migration thread ends while ${migrator.name} copies for it: nothing is lost`, LIMIT, async () => {
    // A batch of 512 KiB and more is what dcbm takes; the second is unmapped while the first is copied.
    await dieUnderLoad({ call: 'unmap', when: 'after', nth: 6, how: 'exit' }, { migrator });
  });
}
