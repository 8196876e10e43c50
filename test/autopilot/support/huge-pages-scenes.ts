import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { launch } from '../../../src/autopilot/start-autopilot.js';
import type { Region } from '../../../src/index.js';
import { assertContent, fill } from '../../ferry/support/content.js';
import { HUGE, LIMIT, withFerry } from '../../ferry/support/fixture.js';
import { PageTables } from '../../ferry/support/pages.js';
import { advise, MADV_NOHUGEPAGE } from '../../ferry/support/system-calls.js';
import { KnownHeat } from './known-heat.js';
import { epochs } from './known-pilot.js';

export const UNITS = 12;

export const OPTIONS = {
  epochMs: 10,
  cpuShare: 1,
  bytesPerSecond: 2 ** 32,
  maxPauseMs: 1000,
  actuators: { nodes: false, hugePages: true, pageOut: false },
} as const;

/** Memory on small pages. */
export async function withSmallPages(
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

export const STAYS_SMALL_CASES = [
  ['sparse memory', new Array(UNITS).fill(5000)],
  ['hot memory that the TLB covers', [0, 0, 1e6, 1e6, 1e6]],
] as const;

export function staysSmall(cases: readonly (typeof STAYS_SMALL_CASES)[number][]): void {
  for (const [what, rates] of cases) {
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
}
