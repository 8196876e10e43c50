import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Ferry } from '../../../src/index.js';
import { assertContent, fill } from './content.js';
import { HUGE, LIMIT, MIB, PAGE, pageOffsets, tally, whereAll, withFerry } from './fixture.js';
import { PageTables } from './pages.js';
import { PinnedPage } from './pin.js';

export const EBUSY = -16;

/** Runs `use` with a region of 8 MiB whose page number 1000 is pinned. */
export async function withPinned(
  t: TestContext,
  folioSize: number,
  use: (world: {
    ferry: Ferry;
    region: ReturnType<Ferry['adopt']>;
    pinned: number;
    unpin: () => void;
  }) => Promise<void>,
): Promise<void> {
  const tables = new PageTables();
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(8 * MIB);
    const region = ferry.adopt(buffer, { folioSize });
    fill(buffer);
    const pinned = pageOffsets(region)[1000]!;
    const pin = PinnedPage.pin(tables.addressOf(buffer) + pinned);
    if (typeof pin === 'string') {
      t.skip(pin);
      return;
    }
    let held = true;
    const unpin = (): void => {
      if (held) pin.unpin();
      held = false;
    };
    try {
      await use({ ferry, region, pinned, unpin });
    } finally {
      unpin();
    }
    assertContent(buffer);
  });
  tables.close();
}

export const STAYS_WITH_BUSY_CASES = ['sync', 'sync_light', 'async'] as const;

export function staysWithBusy(cases: readonly (typeof STAYS_WITH_BUSY_CASES)[number][]): void {
  for (const mode of cases) {
    test(`a pinned page stays with EBUSY, its neighbours move, in mode ${mode}`, LIMIT, async (t) => {
      await withPinned(t, PAGE, async ({ region, pinned, unpin }) => {
        const result = await region.migrate({ to: 1, mode });
        assert.deepEqual(result.failures, [{ offset: pinned, length: PAGE, code: 'EBUSY' }]);
        assert.equal(result.foliosFailed, 1);
        assert.equal(result.code, null);
        assert.equal(result.bytesMoved, region.migratableBytes - PAGE);
        assert.ok(result.retries > 0);
        const nodes = await whereAll(region);
        assert.equal(nodes[1000], 0);
        assert.equal(tally(nodes)[1], nodes.length - 1);

        unpin();
        const rest = await region.migrate({ to: 1, mode });
        assert.equal(rest.foliosMoved, 1);
        assert.deepEqual(rest.failures, []);
      });
    });
  }
}

export const STAYS_WHOLE_CASES = [65536, HUGE];

export function staysWhole(cases: readonly (typeof STAYS_WHOLE_CASES)[number][]): void {
  for (const folioSize of cases) {
    test(`a folio of ${folioSize} with a pinned page stays whole, the others move`, LIMIT, async (t) => {
      await withPinned(t, folioSize, async ({ region, pinned, unpin }) => {
        const result = await region.migrate({ to: 1 });
        assert.equal(result.foliosFailed, 1);
        assert.equal(result.failures.length, 1);
        const [failure] = result.failures;
        assert.equal(failure!.code, 'EBUSY');
        assert.ok(failure!.offset <= pinned && pinned < failure!.offset + failure!.length);
        assert.ok(failure!.length <= folioSize);
        assert.equal(result.bytesMoved + failure!.length, region.migratableBytes);
        assert.deepEqual(tally(await whereAll(region)), {
          0: failure!.length / PAGE,
          1: result.bytesMoved / PAGE,
        });

        unpin();
        const rest = await region.migrate({ to: 1 });
        assert.equal(rest.bytesMoved, failure!.length);
        assert.deepEqual(rest.failures, []);
      });
    });
  }
}
