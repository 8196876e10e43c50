import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, countersAdded, fillCounters } from './content.js';
import { Crew } from './crew.js';
import { assertAllMoved, HUGE, LIMIT, PAGE, tally, whereAll } from './fixture.js';
import { type COPY_MODES, withTables } from './tables.js';

export const nothing = (): void => undefined;

export function wholePageTables(cases: readonly (typeof COPY_MODES)[number][]): void {
  for (const copyMode of cases) {
    test(`whole page tables move as such, heads and tails page by page, ${copyMode}`, LIMIT, async () => {
      await withTables(nothing, async ({ ferry, region, buffer, at, tables, migrate }) => {
        const { offset, length } = region.migratable[0]!;
        const start = tables.addressOf(buffer) + offset;
        const whole = Math.floor((start + length) / HUGE) - Math.ceil(start / HUGE);
        assert.equal(at(0), Math.ceil(start / HUGE) * HUGE);
        for (const to of [1, 0, 1]) {
          const singly = ferry.stats().pages_moved_singly;
          const [result, moved] = await migrate({ to, copyMode });
          assertAllMoved(region, result);
          assert.deepEqual(tally(await whereAll(region)), { [to]: length / PAGE });
          assert.equal(moved, whole);
          assert.equal(ferry.stats().pages_moved_singly - singly, (length - whole * HUGE) / PAGE);
          assertContent(buffer);
        }
        assert.equal(tables.protectedBytes(buffer), 0);
      });
    });

    test(`no update is lost while page tables move, ${copyMode}`, LIMIT, async () => {
      await withTables(nothing, async ({ region, buffer, migrate }) => {
        fillCounters(buffer);
        const crew = await Crew.start(buffer, [{ kind: 'write' }, { kind: 'write' }]);
        let tables = 0;
        try {
          for (let round = 1; round <= 20; round++) {
            const [result, moved] = await migrate({ to: round % 2, copyMode });
            assertAllMoved(region, result);
            tables += moved;
          }
          await crew.allGoOn();
        } finally {
          const [first, second] = await crew.stop();
          assert.equal(countersAdded(buffer), first! + second!);
        }
        assert.ok(tables > 0);
      });
    });
  }
}
