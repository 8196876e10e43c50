import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { RECORDS } from '../../src/ferry/thread/migration-record.js';
import type { MigrateProgress, Region } from '../../src/index.js';
import { amount, sampled } from '../deep.js';
import { runScript } from './support/child.js';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { fixture } from './support/module-fixture.js';
import { dieUnderLoad } from './support/thread-death.js';

/** Pages that the tests migrate one by one. */
const PAGES = 200;
/** Migrations of a page, one after the other. */
const CALLS = amount(2000, 10_000);

/** Offset of the first byte of the `nth` page. */
function pageAt(region: Region, nth: number): number {
  return region.migratable[0]!.offset + (nth % PAGES) * PAGE;
}

/** Migrates the `nth` page to the node that it is not on, when each page is migrated in turn. */
function migrateNth(region: Region, nth: number) {
  const to = 1 - (Math.floor(nth / PAGES) % 2);
  return region.migrate({ to, offset: pageAt(region, nth), length: PAGE });
}

test('thousands of migrations of a page, each awaited, all move', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    for (let nth = 0; nth < CALLS; nth++) {
      const { foliosMoved, bytesMoved, code, failures } = await migrateNth(region, nth);
      assert.deepEqual(
        { nth, foliosMoved, bytesMoved, code, failures },
        { nth, foliosMoved: 1, bytesMoved: PAGE, code: null, failures: [] },
      );
    }
    assert.equal(ferry.stats().folios_moved, CALLS);
    assertContent(buffer);
  });
});

test('more migrations at once than there are records resolve in order', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    // Twice, so that records that were given back are used once more.
    for (const round of [0, 1]) {
      const resolved: number[] = [];
      const first = round * 10 * PAGES;
      const asked = Array.from({ length: RECORDS * amount(10, 40) }, async (_, i) => {
        const { bytesMoved } = await migrateNth(region, first + i);
        assert.equal(bytesMoved, PAGE);
        resolved.push(i);
      });
      await Promise.all(asked);
      assert.deepEqual(
        resolved,
        asked.map((_, i) => i),
      );
      // Back to node 0 for the second round.
      await region.migrate({ to: 0 });
    }
    assertContent(buffer);
  });
});

test('requests of every kind between migrations are done in the order asked for', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    for (let i = 0; i < amount(50, 200); i++) {
      const offset = pageAt(region, i);
      const there = region.migrate({ to: 1, offset, length: PAGE });
      const nodeThere = region.movePages([offset], null);
      const other = ferry.adopt(new SharedArrayBuffer(4 * PAGE));
      // Its release comes behind this migration, which is over by then or is stopped.
      const absent = other.migrate({ to: 1 }).catch(({ code }) => assert.equal(code, 'ECANCELED'));
      const released = other.release();
      const back = region.migrate({ to: 0, offset, length: PAGE });
      const nodeBack = region.movePages([offset], null);
      assert.equal((await there).bytesMoved, PAGE);
      assert.deepEqual([...(await nodeThere)], [1]);
      await absent;
      await released;
      assert.equal((await back).bytesMoved, PAGE);
      assert.deepEqual([...(await nodeBack)], [0]);
    }
    assertContent(buffer);
  });
});

test(
  'a call after any pause is served: the thread is awake, asleep, or in its event loop',
  LIMIT,
  async () => {
    await withFerry({}, async (ferry) => {
      const region = ferry.adopt(new SharedArrayBuffer(MIB));
      fill(region.buffer);
      for (let nth = 0; nth < 2 * PAGES; nth++) {
        assert.equal((await migrateNth(region, nth)).bytesMoved, PAGE);
        const turns = nth % 5;
        if (turns === 4) await sleep(nth % 4);
        else
          for (let i = 0; i < turns * turns * 10; i++) await new Promise((resolve) => setImmediate(resolve));
      }
    });
  },
);

test('a module is loaded, used and unregistered while small calls go on', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    let going = true;
    let calls = 0;
    const small = (async () => {
      while (going) await migrateNth(region, calls++);
    })();
    for (let round = 0; round < 3; round++) {
      const name = await ferry.registerMigrator({ module: fixture('good') });
      const until = calls + 100;
      while (calls < until) await new Promise((resolve) => setImmediate(resolve));
      await ferry.unregisterMigrator(name);
    }
    going = false;
    await small;
    assert.ok(ferry.stats().offload_folios >= 100, `${ferry.stats().offload_folios} folios`);
    assertContent(buffer);
  });
});

test('progress and an abort belong to one migration, whatever shares its record', LIMIT, async () => {
  await withFerry({ batchBytes: 4096 }, async (ferry) => {
    const region = ferry.adopt(new SharedArrayBuffer(MIB));
    fill(region.buffer);
    for (let round = 0; round < amount(10, 50); round++) {
      const controller = new AbortController();
      const to = 1 - (round % 2);
      const seen: MigrateProgress[] = [];
      const part = { to, offset: pageAt(region, 0), length: 10 * PAGE, signal: controller.signal };
      await region.migrate({ ...part, onProgress: (progress) => void seen.push(progress) });
      assert.deepEqual(seen.at(-1), {
        foliosMoved: 10,
        foliosFailed: 0,
        bytesMoved: 10 * PAGE,
        bytesTotal: 10 * PAGE,
      });
      // The whole is asked for before the signal of the part is aborted, and must not hear of it.
      const whole = region.migrate({ to });
      controller.abort();
      assert.equal((await whole).bytesMoved, region.migratableBytes - 10 * PAGE);
    }
  });
});

// The machine is asked for its usage before each reply, and when the thread stops waiting for the next request.
for (const how of ['exit', 'throw'] as const) {
  for (const nth of sampled([8, 5, 11], 1)) {
    test(
      `the thread ends (${how}) with nothing out, at look ${nth} at its usage: every call rejects`,
      LIMIT,
      () => dieUnderLoad({ call: 'usage', when: 'before', nth, how }).then(() => undefined),
    );
  }
}

test('a worker that owns a ferry makes small calls', LIMIT, async () => {
  const url = new URL('./support/scripts/small-calls-in-worker.js', import.meta.url);
  const worker = new Worker(url, { workerData: { calls: 500 } });
  const moved = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('it has ended without an answer')));
  });
  assert.equal(moved, 500 * PAGE);
});

for (const how of ['exit', 'end', 'close'] as const) {
  test(`a process ends (${how}) while the thread waits for the next call`, LIMIT, async () => {
    const { code, signal, output } = await runScript('ends-after-small-calls', how);
    assert.deepEqual({ code, signal, output }, { code: 0, signal: null, output: 'moved 20\n' });
  });
}

test('a region moves whole after small calls', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(4 * MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    for (let nth = 0; nth < 2 * PAGES; nth++) await migrateNth(region, nth);
    for (const to of [1, 0]) assertAllMoved(region, await region.migrate({ to }));
    assertContent(buffer);
  });
});
