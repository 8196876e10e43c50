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

test('dense hot memory is brought to huge pages, and split when it is cold', LIMIT, async (t) => {
  await withSmallPages(t, async ({ ferry, region, hugeBytes }) => {
    const heat = new KnownHeat();
    // Dense: a page is accessed some 20 times in a watch.
    heat.rates.set(region, new Array(UNITS + 1).fill(1e6));
    const autopilot = launch(ferry, { ...OPTIONS, coldMs: 1000 }, heat.watch);
    for (let i = 0; i < 100 && autopilot.report().hugeBytes === 0; i++) await epochs(autopilot, heat, 1);
    const report = autopilot.report();
    if (report.hugeBytes === 0) {
      t.skip('the kernel has made no huge pages');
      return;
    }
    assert.ok(hugeBytes() >= report.hugeBytes && report.hugeBytes >= HUGE);
    assert.deepEqual(
      report.moves.map(({ actuator, policy, reason }) => [actuator, policy, reason]),
      [['hugePages', 'hugePages', 'compaction']],
    );
    assert.ok(report.predictedGainNs > 0);
    heat.rates.set(region, []);
    for (let i = 0; i < 100 && autopilot.report().hugeBytes > 0; i++) await epochs(autopilot, heat, 1);
    assert.equal(autopilot.report().hugeBytes, 0);
    assert.equal(hugeBytes(), 0);
  });
});

staysSmall(STAYS_SMALL_CASES.slice(0, 1));
