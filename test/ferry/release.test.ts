import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, countersAdded, fill, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { assertAllMoved, LIMIT, MIB, nextBatch, withFerry } from './support/fixture.js';
import { wasStopped } from './support/stopped.js';

test('release during a migration: it rejects with ECANCELED and the buffer works on', LIMIT, async () => {
  await withFerry({ batchBytes: 4096 }, async (ferry) => {
    const buffer = new SharedArrayBuffer(32 * MIB);
    fillCounters(buffer);
    const crew = await Crew.start(buffer, [{ kind: 'write' }, { kind: 'read' }]);
    for (let inTheMiddle = false; !inTheMiddle; ) {
      const region = ferry.adopt(buffer);
      const { batches } = ferry.stats();
      const stopped = Promise.all([
        wasStopped(region, region.migrate({ to: 1 }), 'region'),
        wasStopped(region, region.migrate({ to: 0 }), 'region'),
      ]);
      await nextBatch(ferry, batches);
      const released = region.release();
      assert.equal(region.released, true);
      const [underWay, queued] = await stopped;
      assert.ok(queued || !underWay, 'what waits for its turn does not come to it');
      inTheMiddle = underWay && queued;
      await released;
    }
    await crew.allGoOn();
    const [added] = await crew.stop();
    assert.equal(countersAdded(buffer), added);
  });
});

test('releasing twice does nothing', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.allocate(MIB);
    region.release();
    region.release();
    assert.equal(region.released, true);
  });
});

test('a buffer can be adopted again once its region is released', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(4 * MIB);
    fill(buffer);
    const first = ferry.adopt(buffer);
    assertAllMoved(first, await first.migrate({ to: 1 }));
    await first.release();
    const second = ferry.adopt(buffer, { node: 1 });
    assertAllMoved(second, await second.migrate({ to: 0 }));
    assertContent(buffer);
  });
});
