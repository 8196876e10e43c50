import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from '../../src/autopilot/start-autopilot.js';
import { assertContent } from '../ferry/support/content.js';
import { HUGE, LIMIT, PAGE, withFerry } from '../ferry/support/fixture.js';
import { KnownHeat } from './support/known-heat.js';
import { epochs, filled, NODES, onNode } from './support/known-pilot.js';
import { FREQUENCY } from './support/left-alone-scenes.js';

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
