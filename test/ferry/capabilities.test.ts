import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, refusal, withFerry } from './support/fixture.js';
import { tune } from './support/parameters.js';

test('capabilities cannot be changed, and say what then happens', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const { capabilities } = ferry;
    assert.ok(Object.isFrozen(capabilities));
    assert.deepEqual(Object.keys(capabilities).sort(), [
      'hugePages',
      'kernelFaults',
      'mappingEvents',
      'pageTables',
      'writeProtection',
    ]);
    for (const [name, able] of Object.entries(capabilities)) assert.equal(typeof able, 'boolean', name);
    const region = ferry.allocate(16 * MIB);
    fill(region.buffer);
    const guarded = region.migrate({ to: 1, copyMode: 'write-protected' });
    if (capabilities.writeProtection) assertAllMoved(region, await guarded);
    else await assert.rejects(guarded, refusal('EOPNOTSUPP', 'options.copyMode'));
    await tune(ferry, { page_tables: 'always' });
    await region.migrate({ to: 1 });
    const before = ferry.stats().tables_moved;
    await region.migrate({ to: 0 });
    assert.equal(ferry.stats().tables_moved > before, capabilities.pageTables);
  });
});

test('huge pages are there where the kernel has their settings', {
  skip: !existsSync('/sys/kernel/mm') && 'this host does not show /sys',
  ...LIMIT,
}, async () => {
  await withFerry({}, ({ capabilities }) => {
    assert.equal(capabilities.hugePages, existsSync('/sys/kernel/mm/transparent_hugepage'));
  });
});
