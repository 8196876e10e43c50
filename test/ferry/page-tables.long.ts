import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent } from './support/content.js';
import { assertAllMoved, LIMIT } from './support/fixture.js';
import { nothing, wholePageTables } from './support/page-tables-scenes.js';
import { COPY_MODES, PAGE_TABLES, withTables } from './support/tables.js';

wholePageTables(COPY_MODES.slice(1));

test("page_tables 'never' moves none, and what a shadow holds still moves", LIMIT, async () => {
  await withTables(nothing, async ({ ferry, region, buffer, migrate }) => {
    for (const mode of ['never', 'always', 'never', 'auto', 'never']) {
      await ferry.parameters.set(PAGE_TABLES, mode);
      for (const copyMode of COPY_MODES) {
        for (const to of [1, 0]) {
          const [result, moved] = await migrate({ to, copyMode });
          assertAllMoved(region, result);
          assert.equal(moved > 0, mode !== 'never', `${mode}, ${copyMode}: ${moved} tables`);
          assertContent(buffer);
        }
      }
    }
  });
});
