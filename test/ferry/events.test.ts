import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ferry } from '../../src/index.js';
import type { FerryEvent } from '../../src/trace/ferry-event.js';
import { checkShape } from '../trace/chrome-checks.js';
import { only } from '../trace/recorded.js';
import { fill } from './support/content.js';
import { LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { DCBM, PAGEFERRY } from './support/parameters.js';

/** Nanoseconds of the clock that events are told by. */
function monotonic(): number {
  return Number(process.hrtime.bigint());
}

async function migrateAll(ferry: Ferry, megabytes = 8): Promise<void> {
  const buffer = new SharedArrayBuffer(megabytes * MIB);
  const region = ferry.adopt(buffer);
  fill(buffer);
  await region.migrate({ to: 1 });
  await region.release();
}

test('a migration, its batches and their phases, as ferry.stats() counts them', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const reader = ferry.events();
    const before = monotonic();
    await migrateAll(ferry);
    const after = monotonic();
    const { events, lost } = reader.read();
    assert.equal(lost, 0);
    const stats = ferry.stats();
    const batches = only(events, 'batch');
    assert.equal(batches.length, stats.batches);
    assert.equal(
      batches.reduce((sum, { moved }) => sum + moved, 0),
      stats.folios_moved,
    );
    const [migration] = only(events, 'migration');
    const [begun] = only(events, 'migration-begin');
    assert.deepEqual([migration!.reason, migration!.target], ['syscall', 1]);
    assert.equal(migration!.bytes, stats.bytes_moved);
    assert.equal(migration!.at, begun!.at);
    assert.ok(batches.every((batch) => batch.migration === migration!.migration));
    for (const { batch } of batches) {
      const phases = only(events, 'phase').filter((phase) => phase.batch === batch);
      assert.deepEqual(
        phases.map(({ phase }) => phase),
        ['isolate', 'destinations', 'unmap', 'flush', 'move', 'map', 'putback'],
      );
    }
    // One clock for every thread.
    for (const event of events) assert.ok(event.at >= before && event.at <= after, event.kind);
  });
});

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

test('helper threads of mtcopy have lanes of their own, on the same clock', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    await ferry.registerMigrator({ name: 'mtcopy', threads: 3 });
    const reader = ferry.events();
    // Whether a helper gets to do anything is the host's affair: again until one did.
    let shares: ReturnType<typeof only<'share'>> = [];
    let events: readonly FerryEvent[] = [];
    for (let tries = 0; tries < 20 && shares.length === 0; tries++) {
      await migrateAll(ferry);
      // They tell after the migration thread has gone on.
      await new Promise((resolve) => setTimeout(resolve, 50));
      events = reader.read().events;
      shares = only(events, 'share');
    }
    assert.ok(shares.length > 0);
    const batches = new Map(only(events, 'batch').map((batch) => [batch.batch, batch]));
    for (const { lane, batch, at, ns, bytes, pieces } of shares) {
      assert.match(lane, /^copy[12]$/);
      const of = batches.get(batch)!;
      assert.ok(at >= of.at && ns > 0 && pieces > 0 && bytes % PAGE === 0 && bytes <= of.pages * PAGE);
    }
  });
});

test('migrators that come and go, and parameters that are written', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const reader = ferry.events();
    await ferry.registerMigrator({ name: 'cpu' });
    await ferry.unregisterMigrator('cpu');
    await ferry.parameters.set(`/${DCBM}/nr_dma_chan`, '0x4');
    await ferry.parameters.set(`${PAGEFERRY}/verify_copies`, true);
    await assert.rejects(ferry.parameters.set(`${DCBM}/nr_dma_chan`, 99));
    const { events } = reader.read();
    assert.deepEqual(
      only(events, 'migrator').map(({ action, name }) => `${action} ${name}`),
      ['register cpu', 'unregister cpu'],
    );
    assert.deepEqual(
      only(events, 'parameter').map(({ path, value }) => [path, value]),
      [
        [`${DCBM}/nr_dma_chan`, '4'],
        [`${PAGEFERRY}/verify_copies`, '1'],
      ],
    );
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

test(
  'nothing is recorded while nobody reads; what was can be read after the ferry was closed',
  LIMIT,
  async () => {
    await withFerry({}, async (ferry) => {
      const reader = ferry.events();
      await migrateAll(ferry);
      reader.close();
      const { head } = reader;
      assert.ok(head > 0);
      await migrateAll(ferry);
      await ferry.registerMigrator({ name: 'cpu' });
      assert.equal(reader.head, head);
      await ferry.close();
      assert.equal(reader.read().next, head);
    });
  },
);
