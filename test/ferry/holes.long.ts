import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { HUGE, LIMIT, MIB, withFerry } from './support/fixture.js';
import { freshPages, MODES } from './support/holes-scenes.js';
import { unlessCollapsed } from './support/khugepaged.js';
import { untouchedBuffer } from './support/untouched.js';

async function doesNotSplit(): Promise<void> {
  await withFerry({}, async (ferry) => {
    const buffer = untouchedBuffer(40 * MIB);
    fill(buffer, 0, 3 * MIB);
    const region = ferry.adopt(buffer, { folioSize: HUGE });
    const result = await region.migrate({ to: 1, reason: 'numa_misplaced' });
    assert.equal(result.splits, 0);
    assert.ok(result.foliosFailed > 0);
    assert.ok(result.failures.every(({ code }) => code === 'ENOENT'));
    assertContent(buffer, 0, 3 * MIB);
  });
}

test('for numa_misplaced a folio with a hole is not split: it stays', LIMIT, () =>
  unlessCollapsed(doesNotSplit),
);

freshPages(MODES.slice(1));

test('the main thread may touch fresh pages during a migration', LIMIT, async () => {
  await withFerry({ batchBytes: 4096 }, async (ferry) => {
    const buffer = untouchedBuffer(40 * MIB);
    const region = ferry.adopt(buffer);
    fill(buffer, 0, 0, 4 * MIB);
    const moving = region.migrate({ to: 1 });
    fill(buffer, 0, 4 * MIB);
    const result = await moving;
    assert.equal(result.foliosFailed, 0);
    assertContent(buffer);
  });
});
