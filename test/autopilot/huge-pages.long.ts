import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from '../../src/autopilot/start-autopilot.js';
import type { Region } from '../../src/index.js';
import { HUGE, LIMIT, PAGE } from '../ferry/support/fixture.js';
import { PinnedPage } from '../ferry/support/pin.js';
import { call } from '../ferry/support/system-calls.js';
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

test('memory that the program has advised against huge pages stays on small ones', LIMIT, async (t) => {
  await withSmallPages(
    t,
    async ({ ferry, region, start, tables }) => {
      const heat = new KnownHeat();
      heat.rates.set(region, new Array(UNITS + 1).fill(1e6));
      const autopilot = launch(ferry, OPTIONS, heat.watch);
      const refusals = () => autopilot.report().refused.filter(({ why }) => why === 'advice');
      for (let i = 0; i < 1000 && refusals().length === 0; i++) await epochs(autopilot, heat, 1);
      await epochs(autopilot, heat, 5);
      assert.equal(tables.hugeBytesAt(start, UNITS * HUGE), 0);
      const advice = refusals();
      assert.deepEqual(
        advice.map(({ actuator }) => actuator),
        ['hugePages'],
      );
      // The region's units need not begin where huge pages do, so one unit more may have a part of the memory.
      assert.ok([UNITS, UNITS + 1].includes(advice[0]!.units), String(advice[0]!.units));
    },
    true,
  );
});

test('pinned memory, locked memory, and memory advised cold stay on small pages', LIMIT, async (t) => {
  await withSmallPages(t, async ({ ferry, region, start, tables }) => {
    const { buffer } = region as Region<SharedArrayBuffer>;
    const at = (unit: number): number => start + unit * HUGE;
    const offset = start - tables.addressOf(buffer);
    const pin = PinnedPage.pin(at(2) + 5 * PAGE);
    if (typeof pin === 'string') {
      t.skip(pin);
      return;
    }
    try {
      call('mlock', at(5) + PAGE, PAGE);
      await region.advise(offset + 8 * HUGE, HUGE, 'cold');
      const heat = new KnownHeat();
      await heat.takeAdvice(region);
      heat.rates.set(region, new Array(UNITS + 1).fill(1e6));
      const autopilot = launch(ferry, OPTIONS, heat.watch);
      for (let i = 0; i < 1000 && autopilot.report().moves.length === 0; i++) {
        await epochs(autopilot, heat, 1);
      }
      await epochs(autopilot, heat, 5);
      if (autopilot.report().hugeBytes === 0) {
        t.skip('the kernel has made no huge pages');
        return;
      }
      assert.deepEqual(
        [2, 5, 8].map((unit) => tables.hugeBytesAt(at(unit), HUGE)),
        [0, 0, 0],
      );
      assert.ok(autopilot.report().refused.some(({ why }) => why === 'EBUSY'));
    } finally {
      call('munlock', at(5) + PAGE, PAGE);
      pin.unpin();
    }
  });
});

test('memory advised hot stays on huge pages', LIMIT, async (t) => {
  await withSmallPages(t, async ({ ferry, region, start, tables }) => {
    const heat = new KnownHeat();
    heat.rates.set(region, new Array(UNITS + 1).fill(1e6));
    const autopilot = launch(ferry, { ...OPTIONS, coldMs: 1000 }, heat.watch);
    for (let i = 0; i < 1000 && autopilot.report().hugeBytes === 0; i++) await epochs(autopilot, heat, 1);
    if (autopilot.report().hugeBytes === 0) {
      t.skip('the kernel has made no huge pages');
      return;
    }
    const { buffer } = region as Region<SharedArrayBuffer>;
    await region.advise(start - tables.addressOf(buffer) + 4 * HUGE, HUGE, 'hot');
    await heat.takeAdvice(region);
    heat.rates.set(region, []);
    heat.skip(5000);
    await epochs(autopilot, heat, 20);
    assert.equal(tables.hugeBytesAt(start + 4 * HUGE, HUGE), HUGE);
    assert.equal(tables.hugeBytesAt(start + 9 * HUGE, HUGE), 0);
  });
});
