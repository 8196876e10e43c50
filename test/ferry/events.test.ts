import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FerryEvent } from '../../src/trace/ferry-event.js';
import { only } from '../trace/recorded.js';
import { migrateAll } from './support/events-scenes.js';
import { LIMIT, PAGE, withFerry } from './support/fixture.js';
import { DCBM, PAGEFERRY } from './support/parameters.js';

/** Nanoseconds of the clock that events are told by. */
function monotonic(): number {
  return Number(process.hrtime.bigint());
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
