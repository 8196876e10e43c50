import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from '../../src/autopilot/start-autopilot.js';
import { HUGE, LIMIT } from '../ferry/support/fixture.js';
import {
  OPTIONS,
  STAYS_SMALL_CASES,
  staysSmall,
  UNITS,
  withSmallPages,
} from './support/huge-pages-scenes.js';
import { KnownHeat } from './support/known-heat.js';
import { epochs } from './support/known-pilot.js';

staysSmall(STAYS_SMALL_CASES.slice(1));

test('memory that is dense only now and then stays on small pages', LIMIT, async (t) => {
  await withSmallPages(t, async ({ ferry, region, hugeBytes }) => {
    const heat = new KnownHeat();
    const autopilot = launch(ferry, OPTIONS, heat.watch);
    for (let round = 0; round < 30; round++) {
      heat.rates.set(region, round % 2 === 0 ? new Array(UNITS).fill(6e4) : []);
      await epochs(autopilot, heat, 1);
    }
    assert.equal(hugeBytes(), 0);
  });
});

test('a long run is promoted in parts, as the budget allows', LIMIT, async (t) => {
  await withSmallPages(t, async ({ ferry, region, hugeBytes }) => {
    const heat = new KnownHeat();
    heat.rates.set(region, new Array(UNITS + 1).fill(1e6));
    const autopilot = launch(ferry, { ...OPTIONS, bytesPerSecond: 5 * HUGE }, heat.watch);
    for (let i = 0; i < 100 && autopilot.report().moves.length === 0; i++) await epochs(autopilot, heat, 1);
    const first = autopilot.report();
    if (first.hugeBytes === 0) {
      t.skip('the kernel has made no huge pages');
      return;
    }
    assert.ok(first.hugeBytes <= 8 * HUGE);
    assert.ok(first.refused.some(({ actuator, why }) => actuator === 'hugePages' && why === 'budget'));
    while (hugeBytes() < 10 * HUGE) await epochs(autopilot, heat, 1);
    assert.ok(autopilot.report().hugeBytes <= hugeBytes());
  });
});
