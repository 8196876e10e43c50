import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkShape } from '../trace/chrome-checks.js';
import { only } from '../trace/recorded.js';
import { fill } from './support/content.js';
import { migrateAll } from './support/events-scenes.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';
import { PAGEFERRY } from './support/parameters.js';

test('a write-protected copy: protected first, then cut over piece by piece', LIMIT, async () => {
  await withFerry({ batchBytes: 2 * 2 ** 20 }, async (ferry) => {
    await ferry.parameters.set(`${PAGEFERRY}/cutover_pages`, 256);
    // Page tables would be cut over at once.
    await ferry.parameters.set(`${PAGEFERRY}/page_tables`, 'never');
    const reader = ferry.events();
    const buffer = new SharedArrayBuffer(8 * MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    const trace = ferry.trace();
    await region.migrate({ to: 1, copyMode: 'write-protected' });
    const { events } = reader.read();
    const whole = only(events, 'batch').filter(({ pages, failed }) => pages === 512 && failed === 0);
    assert.ok(whole.length > 0);
    const piece = ['unmap', 'flush', 'move', 'map'];
    for (const { batch } of whole) {
      const phases = only(events, 'phase').filter((phase) => phase.batch === batch);
      assert.deepEqual(
        phases.map(({ phase }) => phase),
        ['isolate', 'destinations', 'protect', 'flush', 'move', ...piece, ...piece, 'putback'],
      );
    }
    checkShape(trace.stop());
  });
});

test('pools are told of when a migration begins, and afterwards', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const reader = ferry.events();
    await migrateAll(ferry);
    const pools = only(reader.read().events, 'pool');
    assert.deepEqual(new Set(pools.map(({ node }) => node)), new Set(ferry.nodeIds));
    const last = pools.filter(({ node }) => node === ferry.nodeIds[0]).at(-1)!;
    assert.equal(last.bytesPooled, ferry.nodes[0]!.bytesPooled);
  });
});

test('each channel of dcbm has its share of each batch', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    await ferry.registerMigrator({ name: 'dcbm', channels: 2 });
    const reader = ferry.events();
    await migrateAll(ferry);
    const { events } = reader.read();
    const whole = only(events, 'batch').filter(({ offloaded, folios }) => offloaded === folios);
    assert.ok(whole.length > 0);
    for (const { batch, bytes } of whole) {
      const shares = only(events, 'share').filter((share) => share.batch === batch);
      assert.deepEqual(new Set(shares.map(({ lane }) => lane)), new Set(['soft0', 'soft1']));
      assert.equal(
        shares.reduce((sum, share) => sum + share.bytes, 0),
        bytes,
      );
      assert.ok(shares.every(({ outcome }) => outcome === 'done'));
    }
    assert.equal(only(events, 'share-begin').length, only(events, 'share').length);
    assert.ok(only(events, 'phase').some(({ phase, migrator }) => phase === 'wait' && migrator === 'dcbm'));
  });
});

test('a migrator that fails again and again: its fallbacks, and its ejection', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    await ferry.parameters.set(`${PAGEFERRY}/max_failures`, 2);
    const reader = ferry.events();
    await ferry.registerMigrator({ name: 'error', throw: 1 });
    await migrateAll(ferry);
    const { events } = reader.read();
    const fellBack = only(events, 'batch').filter(({ fellBack }) => fellBack > 0);
    assert.ok(fellBack.length >= 2);
    for (const { cause, migrator } of fellBack) assert.deepEqual([cause, migrator], ['threw', 'error']);
    assert.equal(
      fellBack.reduce((sum, { fellBack: folios }) => sum + folios, 0),
      ferry.stats().fallbacks_threw,
    );
    assert.deepEqual(
      only(events, 'migrator').map(({ action }) => action),
      ['register', 'eject'],
    );
  });
});
