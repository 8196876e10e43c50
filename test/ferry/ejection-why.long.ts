import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { MigratorEjection } from '../../src/index.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';
import { fixture } from './support/module-fixture.js';
import { tune } from './support/parameters.js';

/** How a module goes wrong, the failed batches after which it is unregistered, and what the program is told. */
const WHYS: readonly (readonly [how: string, failures: number, why: RegExp])[] = [
  ['throws', 1, /^it threw: out of order$/],
  ['rejects', 2, /^it threw: out of order, later$/],
  ['positive', 1, /^it returned 7, which is neither 0 nor a negative errno$/],
  ['text', 1, /^it returned 'copied', which is neither 0 nor a negative errno$/],
  ['nothing', 1, /^it returned undefined, which is neither 0 nor a negative errno$/],
  ['bigint', 1, /^it returned -5n, which is neither 0 nor a negative errno$/],
  ['badMarks', 1, /^it marked a folio with 2, which is neither 0 nor 1$/],
  ['crashesLater', 1, /^its thread failed: crash$/],
  ['crashesLater', 3, /^its thread failed: crash$/],
  ['exits', 2, /^its thread exited with code 3$/],
  ['neverResolves', 1, /^it timed out$/],
  ['neverResolves', 2, /^it timed out in an earlier batch$/],
  ['lies', 1, /^it reported folios as copied that it had not copied$/],
];

test('the ejected event has the message of the module, however it went wrong', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.allocate(4 * MIB);
    new Uint8Array(region.buffer).fill(7);
    let to = 1;
    for (const [how, max_failures, expected] of WHYS) {
      const copy_timeout_ms = how === 'neverResolves' ? 30 : 20_000;
      await tune(ferry, { max_failures, copy_timeout_ms, verify_copies: 1, pipeline_depth: 1 });
      await ferry.registerMigrator({ module: fixture('misbehaves'), options: { how } });
      const heard = once(ferry, 'ejected') as Promise<[MigratorEjection]>;
      const { foliosFailed } = await region.migrate({ to, batchBytes: MIB });
      assert.equal(foliosFailed, 0);
      to = 1 - to;
      const [{ name, why }] = await heard;
      assert.equal(name, how);
      assert.match(why, expected);
    }
    assert.ok(new Uint8Array(region.buffer).every((byte) => byte === 7));
  });
});
