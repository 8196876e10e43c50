import assert from 'node:assert/strict';
import { test } from 'node:test';
import { libc } from '../../src/linux/sys/libc.js';
import { fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { call } from './support/system-calls.js';

test('page tables do not move in a process that has locked memory', LIMIT, async () => {
  const memory = new Uint8Array(new SharedArrayBuffer(2 * PAGE));
  const page = Math.ceil(libc().addressOf(memory) / PAGE) * PAGE;
  call('mlock', page, PAGE);
  try {
    await withFerry({}, async (ferry) => {
      assert.equal(ferry.capabilities.pageTables, false);
      const region = ferry.allocate(16 * MIB);
      fill(region.buffer);
      assertAllMoved(region, await region.migrate({ to: 1 }));
      assert.equal(ferry.stats().tables_moved, 0);
    });
  } finally {
    call('munlock', page, PAGE);
  }
});
