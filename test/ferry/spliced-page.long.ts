import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { HUGE, LIMIT, MIB, PAGE, tally, whereAll, withFerry } from './support/fixture.js';
import { PageTables } from './support/pages.js';
import { SplicedPage } from './support/spliced-page.js';
import { advise, MADV_HUGEPAGE } from './support/system-calls.js';

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
