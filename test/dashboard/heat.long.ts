import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HTTP_LIMITS } from '../../src/dashboard/limits.js';
import { serveDashboard } from '../../src/dashboard.js';
import type { Region } from '../../src/index.js';
import { assertContent, fill } from '../ferry/support/content.js';
import { LIMIT, MIB, until, withFerry } from '../ferry/support/fixture.js';
import { WASM_PAGE, wasmMemory } from '../ferry/support/wasm.js';
import { Viewer } from './support/heat-scenes.js';
import { watchesOf } from './support/watches.js';

test(
  'two pages share one watch, which begins with the first and ends with the last',
  LIMIT,
  async (context) => {
    await withFerry({}, async (ferry) => {
      const buffer = new SharedArrayBuffer(16 * MIB);
      fill(buffer);
      const region = ferry.adopt(buffer, { name: 'heap' });
      const watches = watchesOf(context, region);
      const dashboard = await serveDashboard(ferry);
      const [first, second] = [await Viewer.open(context, dashboard), await Viewer.open(context, dashboard)];
      assert.notEqual(first.stream, second.stream);
      assert.equal(watches.length, 0, 'it is off until somebody turns it on');
      assert.deepEqual(await first.watch(region.id), { status: 204, refusal: undefined });
      const { region: id, snapshot, workingSets, cost } = await first.heat();
      assert.equal(id, region.id);
      assert.equal(snapshot.bytes, region.migratableBytes);
      assert.deepEqual([snapshot.unitBytes, snapshot.rate.length], [2 * MIB, 8]);
      assert.notEqual(snapshot.source, '');
      assert.equal(snapshot.sees.writes, true);
      assert.deepEqual(
        workingSets.map(({ windowMs }) => windowMs),
        [1000, 10_000, 60_000],
      );
      assert.ok(cost.units >= cost.touched);
      // The second page gets the last result at once, and from then on the same.
      assert.equal((await second.watch(region.id)).status, 204);
      assert.ok((await second.heat()).snapshot.atMs >= snapshot.atMs);
      const [one, other] = [await first.heat(), await second.heat()];
      assert.ok(one.snapshot.atMs > snapshot.atMs);
      assert.ok(other.snapshot.atMs > snapshot.atMs);
      assert.equal(watches.length, 1);
      // One stops, and the other page is still served.
      assert.equal(await first.stop(), 204);
      const third = await Viewer.open(context, dashboard);
      await third.watch(region.id);
      await third.heat();
      const later = (await third.heat()).snapshot.atMs;
      assert.ok((await first.momentsIn(20)).every((atMs) => atMs < later));
      second.close();
      assert.ok((await third.heat()).snapshot.atMs > later);
      assert.equal(watches[0]!.aborted, false);
      third.close();
      await until(() => watches[0]!.aborted);
      // Stopping again does nothing, and watching again begins anew.
      assert.equal(await first.stop(), 204);
      assert.equal((await first.watch(region.id)).status, 204);
      await first.heat();
      assert.equal(watches.length, 2);
      assertContent(buffer);
    });
  },
);

test('a page that chooses another region ends the watch of the first', LIMIT, async (context) => {
  await withFerry({}, async (ferry) => {
    const [a, b] = [4, 6].map((size) => ferry.adopt(new SharedArrayBuffer(size * MIB))) as [Region, Region];
    const watches = watchesOf(context, a);
    const dashboard = await serveDashboard(ferry);
    const viewer = await Viewer.open(context, dashboard);
    await viewer.watch(a.id);
    assert.equal((await viewer.heat()).region, a.id);
    assert.equal(watches[0]!.aborted, false);
    await viewer.watch(b.id);
    assert.equal(watches[0]!.aborted, true);
    let message = await viewer.heat();
    // A result of the first region may be on its way.
    while (message.region === a.id) message = await viewer.heat();
    assert.equal(message.region, b.id);
    assert.equal(message.snapshot.bytes, b.migratableBytes);
    // A refused request changes nothing.
    assert.equal((await viewer.watch(99)).status, 404);
    assert.equal((await viewer.heat()).region, b.id);
    // The server's end is the end of the watches.
    const again = watchesOf(context, b);
    await viewer.stop();
    await viewer.watch(b.id);
    await dashboard.close();
    assert.equal(again[0]!.aborted, true);
  });
});

test('the units of memory that grows become larger', LIMIT, async (context) => {
  await withFerry({}, async (ferry) => {
    const memory = wasmMemory({ initial: 256 * 16, maximum: 300 * 16, shared: true });
    const region = ferry.adopt(memory);
    const watches = watchesOf(context, region);
    const viewer = await Viewer.open(context, await serveDashboard(ferry));
    await viewer.watch(region.id);
    const { snapshot } = await viewer.heat();
    assert.deepEqual([snapshot.unitBytes, snapshot.rate.length], [2 * MIB, 128]);
    (memory as unknown as { grow(pages: number): number }).grow(44 * 16);
    let grown = await viewer.heat();
    while (grown.snapshot.unitBytes === 2 * MIB) grown = await viewer.heat();
    assert.equal(grown.snapshot.unitBytes, 4 * MIB);
    assert.equal(grown.snapshot.bytes, 300 * 16 * WASM_PAGE);
    assert.equal(watches.length, 2);
    viewer.close();
    await until(() => watches[1]!.aborted);
  });
});

test('a result of the largest region fits into the queue of a stream', LIMIT, async (context) => {
  await withFerry({}, async (ferry) => {
    const region = ferry.adopt(new SharedArrayBuffer(256 * MIB));
    const viewer = await Viewer.open(context, await serveDashboard(ferry));
    await viewer.watch(region.id);
    const message = await viewer.heat();
    assert.equal(message.snapshot.rate.length, 128);
    // With every figure at its longest. A region of 1 TiB has 1024 units of 1 GiB.
    const { rate, ...rest } = message.snapshot;
    const wide = { ...rest };
    const units = 1024;
    const longest = new Array<number>(units).fill(-0.000_012_34);
    for (const name of ['age', 'observations', 'known', 'written', 'recordPages'] as const)
      Object.assign(wide, { [name]: longest });
    const bytes = JSON.stringify({ ...message, snapshot: { ...wide, rate: longest } }).length;
    assert.ok(rate.length <= units);
    assert.ok(bytes < HTTP_LIMITS.streamBehind / 2, `${bytes} bytes`);
  });
});
