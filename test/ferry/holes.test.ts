import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { HUGE, LIMIT, MIB, PAGE, tally, whereAll, withFerry } from './support/fixture.js';
import { freshPages, MODES } from './support/holes-scenes.js';
import { unlessCollapsed } from './support/khugepaged.js';
import { PageTables } from './support/pages.js';
import { untouchedBuffer } from './support/untouched.js';

async function splitsFolios(): Promise<void> {
  const tables = new PageTables();
  await withFerry({}, async (ferry) => {
    const buffer = untouchedBuffer(40 * MIB);
    // Touched before it is adopted, while the kernel still gives small pages: every hundredth is left out.
    const isHole = (page: number): boolean => page % 100 === 50;
    for (let page = 0; page < buffer.byteLength / PAGE; page++) {
      if (!isHole(page)) fill(buffer, 0, page * PAGE, page * PAGE + 64);
    }
    const region = ferry.adopt(buffer, { folioSize: HUGE });
    const pages = region.migratableBytes / PAGE;
    const there = tables.occupied(region, buffer);
    assert.ok(there < pages);
    for (const to of [1, 0]) {
      const result = await region.migrate({ to });
      // On the way back its pages lie on different nodes (the holes never left), so there is no folio to split.
      assert.equal(result.splits > 0, to === 1);
      assert.deepEqual(result.failures, []);
      assert.equal(result.foliosFailed, 0);
      assert.equal(result.bytesMoved, there * PAGE);
      assert.equal(result.foliosAbsent + result.foliosOnTarget, pages - there);
      assert.equal(tables.occupied(region, buffer), there);
      assert.deepEqual(tally(await whereAll(region)), { '-2': pages - there, [to]: there });
    }
    for (let page = 0; page < buffer.byteLength / PAGE; page++) {
      if (!isHole(page)) assertContent(buffer, 0, page * PAGE, page * PAGE + 64);
    }
  });
  tables.close();
}

test('a 2M folio with holes is split, what is there moves, the holes stay', LIMIT, () =>
  unlessCollapsed(splitsFolios),
);

freshPages(MODES.slice(0, 1));
