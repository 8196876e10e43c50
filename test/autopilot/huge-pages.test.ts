import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { launch } from '../../src/autopilot/start-autopilot.js';
import type { Region } from '../../src/index.js';
import { assertContent, fill } from '../ferry/support/content.js';
import { HUGE, LIMIT, withFerry } from '../ferry/support/fixture.js';
import { PageTables } from '../ferry/support/pages.js';
import { advise, MADV_NOHUGEPAGE } from '../ferry/support/system-calls.js';
import { KnownHeat } from './support/known-heat.js';
import { epochs } from './support/known-pilot.js';

const UNITS = 12;
const OPTIONS = {
  epochMs: 10,
  cpuShare: 1,
  bytesPerSecond: 2 ** 32,
  maxPauseMs: 1000,
  actuators: { nodes: false, hugePages: true, pageOut: false },
} as const;

/** Memory on small pages. */
async function withSmallPages(
  t: TestContext,
  use: (world: {
    readonly ferry: Parameters<typeof launch>[0];
    readonly region: Region;
    readonly hugeBytes: () => number;
  }) => Promise<void>,
): Promise<void> {
  const tables = new PageTables();
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer((UNITS + 1) * HUGE);
    const address = tables.addressOf(buffer);
    const start = Math.ceil(address / HUGE) * HUGE;
    try {
      advise(start, UNITS * HUGE, MADV_NOHUGEPAGE);
    } catch (error) {
      t.skip(String(error));
      return;
    }
    fill(buffer);
    const region = ferry.adopt(buffer);
    await use({ ferry, region, hugeBytes: () => tables.hugeBytes(buffer) });
    assertContent(buffer);
  });
  tables.close();
}

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

for (const [what, rates] of [
  ['sparse memory', new Array(UNITS).fill(5000)],
  ['hot memory that the TLB covers', [0, 0, 1e6, 1e6, 1e6]],
] as const) {
  test(`${what} stays on small pages`, LIMIT, async (t) => {
    await withSmallPages(t, async ({ ferry, region, hugeBytes }) => {
      const heat = new KnownHeat();
      heat.rates.set(region, rates);
      const autopilot = launch(ferry, OPTIONS, heat.watch);
      await epochs(autopilot, heat, 50);
      assert.equal(hugeBytes(), 0);
      assert.deepEqual(autopilot.report().moves, []);
    });
  });
}

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
