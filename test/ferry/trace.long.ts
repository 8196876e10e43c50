import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkShape, laneNames, spansOf, threadOf } from '../trace/chrome-checks.js';
import { fill } from './support/content.js';
import { LIMIT, MIB, refusal, withFerry } from './support/fixture.js';

test(
  'a trace of a live migration: rows, spans that nest, and less than 5 MB for 1 GiB at 4K',
  LIMIT,
  async () => {
    await withFerry({}, async (ferry) => {
      await ferry.registerMigrator({ name: 'dcbm', channels: 4 });
      await ferry.parameters.set('module/pageferry/parameters/pipeline_depth', 4);
      const buffer = new SharedArrayBuffer(32 * MIB);
      const region = ferry.adopt(buffer);
      fill(buffer);
      const trace = ferry.trace();
      const { batches } = await region.migrate({ to: 1 });
      const done = trace.stop();
      checkShape(done);
      const { traceEvents, otherData } = done;
      assert.deepEqual([otherData.events_lost, otherData.events_not_kept], [0, 0]);
      const lanes = laneNames(traceEvents);
      for (const lane of [
        'migration thread',
        'program',
        'batch slot 0',
        'batch slot 1',
        `region ${region.id}`,
        'soft0',
      ]) {
        assert.ok(lanes.includes(lane), lane);
      }
      const halves = spansOf(traceEvents, threadOf(traceEvents, 'migration thread'));
      for (const half of ['migrate_pages_batch', 'migrate_folios_move']) {
        assert.equal(halves.filter(({ name }) => name === half).length, batches);
      }
      const [whole] = spansOf(traceEvents, threadOf(traceEvents, `region ${region.id}`));
      assert.equal(whole!.name, 'migrate_pages');
      assert.ok(halves.every(({ ts, dur }) => ts >= whole!.ts && ts + dur! <= whole!.ts + whole!.dur!));
      const ofBatch = JSON.stringify(done).length / batches;
      assert.ok(ofBatch * 512 < 5e6, `${ofBatch} bytes a batch, of which 1 GiB has 512`);
      assert.equal(trace.stop(), done);
    });
  },
);

test('scattered folios, a descriptor each: no larger', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    await ferry.registerMigrator({ name: 'dcbm', channels: 16 });
    const buffer = new SharedArrayBuffer(32 * MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    const offsets = Array.from({ length: 4000 }, (_, i) => region.migratable[0]!.offset + i * 8192);
    const trace = ferry.trace();
    await region.movePages(
      offsets,
      offsets.map(() => 1),
    );
    const done = trace.stop();
    checkShape(done);
    const batches = done.traceEvents.filter(({ name }) => name === 'migrate_folios_move').length;
    assert.ok((JSON.stringify(done).length / batches) * 512 < 5e6);
  });
});

test('what is beyond the limit is said, not hidden', LIMIT, async () => {
  await withFerry({ batchBytes: 4096 }, async (ferry) => {
    const buffer = new SharedArrayBuffer(MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    const trace = ferry.trace({ limit: 100 });
    await region.migrate({ to: 1 });
    const { traceEvents, otherData } = trace.stop();
    const missed = otherData.events_not_kept;
    assert.ok(missed > 255 * 7 - 100);
    assert.ok(traceEvents.some(({ name }) => name === `${missed} events not kept`));
  });
});

test('a trace ends with its ferry', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const trace = ferry.trace();
    await ferry.registerMigrator({ name: 'cpu' });
    await ferry.close();
    const done = trace.stop();
    checkShape(done);
    const moments = done.traceEvents.filter(({ ph }) => ph === 'i').map(({ name }) => name);
    assert.deepEqual(moments, ['register cpu', 'unregister cpu']);
    assert.throws(() => ferry.trace(), refusal('EBADF'));
  });
});

test('bad options are refused by name', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    for (const limit of [0, 1.5, 1e9, '5' as unknown as number]) {
      assert.throws(() => ferry.trace({ limit }), refusal('EINVAL', 'options.limit'));
    }
    assert.throws(() => ferry.trace({ limits: 5 } as object), refusal('EINVAL', 'options.limits'));
  });
});
