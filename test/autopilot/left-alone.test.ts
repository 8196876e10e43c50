import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from '../../src/autopilot/start-autopilot.js';
import { assertContent } from '../ferry/support/content.js';
import { HUGE, LIMIT, PAGE, withFerry } from '../ferry/support/fixture.js';
import { PageTables } from '../ferry/support/pages.js';
import { PinnedPage } from '../ferry/support/pin.js';
import { call } from '../ferry/support/system-calls.js';
import { KnownHeat } from './support/known-heat.js';
import { epochs, filled, NODES, OPTIONS, onNode, untilFast } from './support/known-pilot.js';

const FREQUENCY = { ...OPTIONS, policy: 'frequency' } as const;

test('memory advised hot is not demoted, memory advised cold is not promoted', LIMIT, async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    const { buffer, region } = filled(ferry);
    const { offset } = region.migratable[0]!;
    const unit = (n: number): number => offset + n * HUGE;
    await region.migrate({ to: 0, offset: unit(0), length: 2 * HUGE });
    await region.advise(unit(0), HUGE, 'hot');
    await region.advise(unit(4), HUGE, 'cold');
    await region.advise(unit(5), PAGE, 'cold');
    const heat = new KnownHeat();
    heat.advises(region, 0, 1);
    heat.advises(region, 4, 2);
    heat.advises(region, 5, 3);
    heat.rates.set(region, [0, 0, 1e7, 1e7, 1e9, 1e9]);
    const autopilot = launch(ferry, FREQUENCY, heat.watch);
    await epochs(autopilot, heat, 8);
    const fast = await onNode(region, 0);
    assert.ok(fast.includes(0), `the hot advice is not kept: ${fast}`);
    assert.ok(!fast.includes(4) && !fast.includes(5), `the cold advice is not kept: ${fast}`);
    assert.ok(!fast.includes(1), 'memory without advice makes room');
    assertContent(buffer);
  });
});

test('a pinned page stays, and its unit is not tried in every epoch', LIMIT, async (t) => {
  const tables = new PageTables();
  await withFerry({ nodes: NODES }, async (ferry) => {
    const { buffer, region } = filled(ferry);
    const { offset } = region.migratable[0]!;
    const pinned = offset + 2 * HUGE + 5 * PAGE;
    const pin = PinnedPage.pin(tables.addressOf(buffer) + pinned);
    if (typeof pin === 'string') {
      t.skip(pin);
      return;
    }
    try {
      const heat = new KnownHeat();
      heat.rates.set(region, [0, 0, 1e7, 0, 1e7]);
      const autopilot = launch(ferry, FREQUENCY, heat.watch);
      await untilFast(autopilot, heat, region, [4]);
      await epochs(autopilot, heat, 5);
      assert.deepEqual([...(await region.movePages([pinned, pinned + PAGE], null))], [1, 0]);
      const refused = autopilot.report().refused.filter(({ why }) => why === 'EBUSY');
      assert.deepEqual(refused, [{ actuator: 'nodes', why: 'EBUSY', units: 1, bytes: PAGE }]);
      assertContent(buffer);
    } finally {
      pin.unpin();
    }
  });
  tables.close();
});

test('locked memory is left alone until it is unlocked', LIMIT, async (t) => {
  const tables = new PageTables();
  await withFerry({ nodes: NODES }, async (ferry) => {
    const { buffer, region } = filled(ferry);
    const { offset } = region.migratable[0]!;
    const locked = tables.addressOf(buffer) + offset + 2 * HUGE;
    try {
      call('mlock', locked, 3 * PAGE);
    } catch (error) {
      t.skip(String(error));
      return;
    }
    try {
      const heat = new KnownHeat();
      heat.rates.set(region, [0, 0, 1e7, 0, 1e7]);
      const autopilot = launch(ferry, FREQUENCY, heat.watch);
      await untilFast(autopilot, heat, region, [4]);
      await epochs(autopilot, heat, 3);
      assert.deepEqual(await onNode(region, 0), [4]);
      assert.deepEqual(autopilot.report().refused, []);
      call('munlock', locked, 3 * PAGE);
      await untilFast(autopilot, heat, region, [2, 4]);
      assertContent(buffer);
    } finally {
      call('munlock', locked, 3 * PAGE);
    }
  });
  tables.close();
});

test('a budget limits the bytes that move at once', LIMIT, async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    const { region } = filled(ferry);
    const heat = new KnownHeat();
    heat.rates.set(region, [1e7, 1e7, 1e7]);
    const autopilot = launch(ferry, { ...FREQUENCY, bytesPerSecond: 4096 }, heat.watch);
    await epochs(autopilot, heat, 8);
    // A second of the budget is 4096 bytes. A unit needs 512 seconds.
    assert.deepEqual(await onNode(region, 0), []);
    assert.deepEqual(autopilot.report().moves, []);
  });
});
