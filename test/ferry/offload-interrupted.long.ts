import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Ferry, MigrationAbortedError, openFerry, type Region } from '../../src/index.js';
import { amount, sampled } from '../deep.js';
import { runScript } from './support/child.js';
import { assertContent, countersAdded, fill, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import {
  assertAllMoved,
  HUGE,
  LIMIT,
  MIB,
  nextBatch,
  PAGE,
  tally,
  whereAll,
  withFerry,
} from './support/fixture.js';
import { tune } from './support/parameters.js';
import { wasStopped } from './support/stopped.js';

interface World {
  readonly ferry: Ferry;
  readonly region: Region;
  readonly buffer: SharedArrayBuffer;
  readonly crew: Crew;
}

/** A region of 64 MiB that a thread writes to, and dcbm with four batches out at once. */
async function world(t: TestContext, ferry: Ferry, folioSize: number): Promise<World> {
  await ferry.registerMigrator({ name: 'dcbm', channels: 3 });
  await tune(ferry, { pipeline_depth: 4 });
  const buffer = new SharedArrayBuffer(amount(24, 64) * MIB);
  const region = ferry.adopt(buffer, { folioSize });
  fillCounters(buffer);
  const crew = await Crew.start(buffer, [{ kind: 'write' }]);
  // Whatever becomes of the test, no thread stays.
  t.after(() => crew.stop());
  return { ferry, region, buffer, crew };
}

async function assertNothingLost({ crew, buffer }: World): Promise<void> {
  await crew.allGoOn();
  const [added] = await crew.stop();
  assert.equal(countersAdded(buffer), added);
}

for (const folioSize of [PAGE, HUGE]) {
  test(`a signal stops what dcbm is in the middle of, folios of ${folioSize}`, LIMIT, async (t) => {
    await withFerry({ batchBytes: 128 * 4096 }, async (ferry) => {
      const here = await world(t, ferry, folioSize);
      const { region } = here;
      // The first batch may be a head that dcbm does not take on.
      for (let stopped = 0; stopped < amount(1, 3) || ferry.stats().offload_folios === 0; ) {
        await region.migrate({ to: 0 });
        const controller = new AbortController();
        const { batches } = ferry.stats();
        const migration = region.migrate({ to: 1, signal: controller.signal });
        await nextBatch(ferry, batches);
        controller.abort();
        const error = await migration.then(
          () => undefined,
          (reason: unknown) => reason,
        );
        // It may have been too late, now and then.
        if (error === undefined) continue;
        assert.ok(error instanceof MigrationAbortedError, String(error));
        const { foliosMoved, foliosFailed, bytesMoved } = error.result;
        assert.ok(foliosMoved > 0);
        assert.equal(foliosFailed, 0);
        if (bytesMoved === region.migratableBytes) continue;
        stopped++;
        assert.deepEqual(tally(await whereAll(region)), {
          0: (region.migratableBytes - bytesMoved) / PAGE,
          1: bytesMoved / PAGE,
        });
      }
      assert.ok(ferry.stats().offload_folios > 0);
      await assertNothingLost(here);
    });
  });

  test(`releasing a region that dcbm is in the middle of, folios of ${folioSize}`, LIMIT, async (t) => {
    await withFerry({ batchBytes: 128 * 4096 }, async (ferry) => {
      const here = await world(t, ferry, folioSize);
      for (let { region } = here; ; region = ferry.adopt(here.buffer, { folioSize })) {
        const { batches } = ferry.stats();
        const stopped = wasStopped(region, region.migrate({ to: 1 }), 'region');
        await nextBatch(ferry, batches);
        await region.release();
        if (await stopped) break;
      }
      await assertNothingLost(here);
      // The migrator and its channels are as good as before.
      const region = ferry.allocate(8 * MIB);
      fill(region.buffer);
      assertAllMoved(region, await region.migrate({ to: 1 }));
      assertContent(region.buffer);
    });
  });

  test(`closing the ferry in the middle of what dcbm does, folios of ${folioSize}`, LIMIT, async (t) => {
    for (let inTheMiddle = false; !inTheMiddle; ) {
      const ferry = await openFerry({ batchBytes: 128 * 4096 });
      const here = await world(t, ferry, folioSize);
      const stopped = wasStopped(here.region, here.region.migrate({ to: 1 }));
      await nextBatch(ferry, 0);
      await ferry.close();
      inTheMiddle = await stopped;
      await assertNothingLost(here);
    }
  });
}

test('dcbm works for two regions at once', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    await ferry.registerMigrator({ name: 'dcbm', channels: 3 });
    await tune(ferry, { pipeline_depth: 4 });
    const buffers = [new SharedArrayBuffer(24 * MIB), new SharedArrayBuffer(24 * MIB)];
    const regions = buffers.map((buffer, i) => ferry.adopt(buffer, { folioSize: [PAGE, HUGE][i]! }));
    for (const buffer of buffers) fillCounters(buffer);
    const crews = await Promise.all(buffers.map((buffer) => Crew.start(buffer, [{ kind: 'write' }])));
    for (let round = 1; round <= amount(2, 6); round++) {
      const results = await Promise.all(regions.map((region) => region.migrate({ to: round % 2 })));
      for (const [i, region] of regions.entries()) assertAllMoved(region, results[i]!);
    }
    for (const [i, crew] of crews.entries()) {
      await crew.allGoOn();
      const [added] = await crew.stop();
      assert.equal(countersAdded(buffers[i]!), added);
    }
    assert.ok(ferry.stats().offload_batches > 0);
  });
});

for (const [migrator, wait] of sampled(
  [
    ['dcbm', 0],
    ['dcbm', 13],
    ['dcbm', 40],
    ['mtcopy', 13],
  ] as const,
  2,
)) {
  test(`process.exit while ${migrator} migrates, with threads at work, exits (${wait})`, LIMIT, async () => {
    const { code, signal, output } = await runScript('exit-mid-migration', 'exit', String(wait), migrator);
    assert.deepEqual({ code, signal, output }, { code: 0, signal: null, output: 'ending\n' });
  });
}
