import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, countersAdded, fill, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { assertAllMoved, HUGE, LIMIT, MIB, PAGE, tally, whereAll, withFerry } from './support/fixture.js';
import { PageTables } from './support/pages.js';
import { SplicedPage } from './support/spliced-page.js';
import { advise, MADV_HUGEPAGE } from './support/system-calls.js';

test('a page in a pipe by vmsplice moves, and the pipe keeps the old one', LIMIT, async () => {
  const tables = new PageTables();
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(8 * MIB);
    fillCounters(buffer);
    const region = ferry.adopt(buffer);
    const offset = region.migratable[0]!.offset + 1000 * PAGE;
    const before = new Uint8Array(buffer, offset, PAGE).slice();
    const spliced = new SplicedPage(tables.addressOf(buffer) + offset);
    const crew = await Crew.start(buffer, [{ kind: 'read' }]);
    assertAllMoved(region, await region.migrate({ to: 1 }));
    await crew.allGoOn();
    await crew.stop();
    // What the program writes now it writes to the new page.
    new Uint8Array(buffer, offset, PAGE).fill(9);
    assert.deepEqual([...spliced.drain()], [...before]);
    new Uint8Array(buffer, offset, PAGE).set(before);
    assertAllMoved(region, await region.migrate({ to: 0 }));
    assert.equal(countersAdded(buffer), 0);
    spliced.close();
  });
  tables.close();
});

test('a huge page of which a part is in a pipe moves whole, and cannot be cut', LIMIT, async (t) => {
  const tables = new PageTables();
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(12 * MIB);
    const start = tables.addressOf(buffer);
    const first = Math.ceil(start / HUGE) * HUGE;
    advise(first, 4 * MIB, MADV_HUGEPAGE);
    fill(buffer);
    if (tables.hugeBytes(buffer) === 0) {
      t.skip('this host gives no transparent huge pages');
      return;
    }
    const region = ferry.adopt(buffer, { folioSize: HUGE });
    const spliced = new SplicedPage(first + 100 * PAGE);
    const cut = { to: 1, offset: first - start + 3 * PAGE, length: HUGE - 3 * PAGE };
    const refused = await region.migrate(cut);
    assert.equal(refused.bytesMoved, 0);
    assert.ok(refused.foliosFailed > 0);
    assert.ok(refused.failures.every(({ code }) => code === 'EBUSY'));
    assertContent(buffer);

    spliced.drain();
    const moved = await region.migrate(cut);
    assert.deepEqual(moved.failures, []);
    assert.equal(moved.bytesMoved, cut.length);
    assertContent(buffer);
    spliced.close();

    // Never cut: the next one.
    const whole = new SplicedPage(first + HUGE + 100 * PAGE);
    assert.deepEqual((await region.migrate({ to: 1 })).failures, []);
    assert.deepEqual(tally(await whereAll(region)), { 1: region.migratableBytes / PAGE });
    assertContent(buffer);
    whole.close();
  });
  tables.close();
});
