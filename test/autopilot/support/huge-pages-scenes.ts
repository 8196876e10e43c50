import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { hugePageSetting } from '../../../src/autopilot/host-state.js';
import { launch } from '../../../src/autopilot/start-autopilot.js';
import type { Region } from '../../../src/index.js';
import { assertContent, fill } from '../../ferry/support/content.js';
import { HUGE, LIMIT, withFerry } from '../../ferry/support/fixture.js';
import { unlessCollapsed } from '../../ferry/support/khugepaged.js';
import { PageTables } from '../../ferry/support/pages.js';
import { advise, MADV_HUGEPAGE, MADV_NOHUGEPAGE } from '../../ferry/support/system-calls.js';
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

/** Memory on small pages, of a program that has advised nothing, or has advised against huge pages. */
export async function withSmallPages(
  t: TestContext,
  use: (world: {
    readonly ferry: Parameters<typeof launch>[0];
    readonly region: Region;
    readonly hugeBytes: () => number;
    /** Of the first huge page. */
    readonly start: number;
    readonly tables: PageTables;
  }) => Promise<void>,
  advisesAgainst = false,
): Promise<void> {
  const tables = new PageTables();
  const run = (): Promise<void> =>
    withFerry({}, async (ferry) => {
      const buffer = new SharedArrayBuffer((UNITS + 1) * HUGE);
      const address = tables.addressOf(buffer);
      const start = Math.ceil(address / HUGE) * HUGE;
      // Memory without any advice is on small pages, unless the host wants huge ones everywhere.
      const always = hugePageSetting() === 'always';
      try {
        if (advisesAgainst || always) advise(start, UNITS * HUGE, MADV_NOHUGEPAGE);
        fill(buffer);
        if (always && !advisesAgainst) advise(start, UNITS * HUGE, MADV_HUGEPAGE);
      } catch (error) {
        t.skip(String(error));
        return;
      }
      const region = ferry.adopt(buffer);
      await use({ ferry, region, hugeBytes: () => tables.hugeBytes(buffer), start, tables });
      assertContent(buffer);
    });
  await unlessCollapsed(run);
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
