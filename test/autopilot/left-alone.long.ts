import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from '../../src/autopilot/start-autopilot.js';
import { assertContent } from '../ferry/support/content.js';
import { HUGE, LIMIT, PAGE, withFerry } from '../ferry/support/fixture.js';
import { PageTables } from '../ferry/support/pages.js';
import { PinnedPage } from '../ferry/support/pin.js';
import { call } from '../ferry/support/system-calls.js';
import { KnownHeat } from './support/known-heat.js';
import { epochs, filled, NODES, onNode, untilFast } from './support/known-pilot.js';
import { FREQUENCY } from './support/left-alone-scenes.js';

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
