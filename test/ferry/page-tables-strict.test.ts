import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { test } from 'node:test';
import { runScript } from './support/child.js';
import { LIMIT } from './support/fixture.js';

/** Why not: the setting is the whole host's, and tests that run beside this one expect page tables to be moved. */
function refusal(): string | undefined {
  const { PAGEFERRY_SYSCTL } = process.env;
  if (PAGEFERRY_SYSCTL !== '1') return 'PAGEFERRY_SYSCTL=1 permits this test to set vm.overcommit_memory';
  try {
    accessSync('/proc/sys/vm/overcommit_memory', constants.W_OK);
    return undefined;
  } catch {
    return 'vm.overcommit_memory cannot be written';
  }
}

test('where vm.overcommit_memory is 2 pages move one by one', LIMIT, async (t) => {
  const why = refusal();
  if (why !== undefined) {
    t.skip(why);
    return;
  }
  const { code, signal, output } = await runScript('page-tables-strict');
  assert.deepEqual({ code, signal, output: output.trim() }, { code: 0, signal: null, output: 'singly' });
});
