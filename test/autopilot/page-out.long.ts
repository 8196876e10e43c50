import assert from 'node:assert/strict';
import { test } from 'node:test';
import { swapOf } from '../../src/autopilot/host-state.js';
import { launch } from '../../src/autopilot/start-autopilot.js';
import { assertContent, fill } from '../ferry/support/content.js';
import {
  HUGE,
  LIMIT,
  MIB,
  PAGE,
  refusal,
  tally,
  until,
  whereAll,
  withFerry,
} from '../ferry/support/fixture.js';
import { PageTables } from '../ferry/support/pages.js';
import { withSwap } from '../ferry/support/swap-file.js';
import { call } from '../ferry/support/system-calls.js';
import { KnownHeat } from './support/known-heat.js';
import { epochs } from './support/known-pilot.js';

const ENOENT = -2;
const OPTIONS = {
  epochMs: 10,
  actuators: { nodes: false, hugePages: false, pageOut: true },
  coldMs: 1000,
} as const;

test('a part of a region is paged out, and comes back with its content', LIMIT, async (t) => {
  await withSwap(t, 48 * MIB, async () => {
    await withFerry({}, async (ferry) => {
      const buffer = new SharedArrayBuffer(8 * MIB);
      fill(buffer);
      const region = ferry.adopt(buffer);
      const { offset, length } = region.migratable[0]!;
      await region.pageOut(offset + PAGE + 1, 4 * MIB);
      const where = await whereAll(region);
      const gone = where.flatMap((node, page) => (node === ENOENT ? [page] : []));
      assert.ok(gone.length > 0, 'some pages are in swap');
      // The first and the last page are only partly in the part.
      assert.ok(gone.every((page) => page >= 2 && page <= 4 * 256));
      assertContent(buffer);
      assert.equal((await region.migrate({ to: 1 })).bytesMoved, length);
      assertContent(buffer);
    });
  });
});

test('a part that is not there, and locked memory, are refused', LIMIT, async (t) => {
  const tables = new PageTables();
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(MIB);
    fill(buffer);
    const region = ferry.adopt(buffer);
    await assert.rejects(region.pageOut(-1, 1), refusal('EINVAL', 'offset'));
    await assert.rejects(region.pageOut(0, MIB + 1), refusal('EINVAL', 'length'));
    try {
      call('mlock', tables.addressOf(buffer), MIB);
    } catch (error) {
      t.diagnostic(String(error));
      return;
    }
    await assert.rejects(region.pageOut(0, MIB), { code: 'EINVAL', argument: 'region' });
    assertContent(buffer);
  });
  tables.close();
});

test(
  'cold memory is paged out, but not what the program says is hot, and what is used stays',
  LIMIT,
  async (t) => {
    await withSwap(t, 48 * MIB, async () => {
      await withFerry({}, async (ferry) => {
        const buffer = new SharedArrayBuffer(8 * HUGE + PAGE);
        fill(buffer);
        const region = ferry.adopt(buffer);
        const heat = new KnownHeat();
        heat.rates.set(region, [1e5, 0, 0, 1e5]);
        heat.advises(region, 5, 1);
        const autopilot = launch(ferry, OPTIONS, heat.watch);
        assert.deepEqual(autopilot.report().actuators.pageOut.on, true);
        await epochs(autopilot, heat, 1);
        await until(() => autopilot.report().moves.length > 0);
        await epochs(autopilot, heat, 1);
        const where = await whereAll(region);
        const gone = (unit: number) => tally(where.slice(unit * 512, (unit + 1) * 512))[ENOENT] ?? 0;
        const left = [0, 3, 5].map(gone);
        assert.deepEqual(left, [0, 0, 0]);
        assert.ok([1, 2, 4, 6, 7].some((unit) => gone(unit) > 0));
        const { moves, refused } = autopilot.report();
        const bytes = moves.reduce((sum, move) => sum + move.bytes, 0);
        assert.equal(bytes, (tally(where)[ENOENT] ?? 0) * PAGE);
        assert.ok(
          moves.every(({ actuator, reason, to }) => actuator === 'pageOut' && reason === null && to === null),
        );
        // Once an epoch.
        const [advised] = refused;
        const units = advised?.units ?? 0;
        assert.ok(units > 0);
        assert.deepEqual(refused, [{ actuator: 'pageOut', why: 'advice', units, bytes: units * HUGE }]);
        await autopilot.stop();
        assertContent(buffer);
      });
    });
  },
);

test('swap in memory and swap on a disk are told apart', () => {
  const head = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n';
  assert.equal(swapOf(head), 'none');
  assert.equal(swapOf(''), 'none');
  assert.equal(swapOf(`${head}/dev/zram0 partition\t1000\t10\t5\n`), 'memory');
  assert.equal(swapOf(`${head}/dev/zram0 partition\t1000\t1000\t5\n`), 'none');
  assert.equal(swapOf(`${head}/swapfile file\t1000\t10\t5\n`), 'disk');
  assert.equal(swapOf(`${head}/dev/zram0 partition\t1000\t0\t5\n/dev/sda2 partition\t1000\t0\t-2\n`), 'disk');
});
