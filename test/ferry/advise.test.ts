import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counts, said } from './support/advise-scenes.js';
import { assertContent, fill } from './support/content.js';
import { LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';

test('the program says hot, cold and warm: the records have it, page by page', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const memory = new SharedArrayBuffer(4 * MIB);
    fill(memory);
    const region = ferry.adopt(memory);
    const { offset } = region.migratable[0]!;
    // Before anybody watches.
    await region.advise(offset + 10 * PAGE, 4 * PAGE, 'hot');
    const before = await said(region);
    assert.deepEqual(counts(before), { none: before.length - 4, hot: 4 });
    assert.ok(before.slice(10, 14).every((word) => word === 'hot'));
    // During a watch. A page with one byte in the part counts.
    await region.advise(offset + 13 * PAGE + 1, PAGE, 'cold');
    assert.deepEqual((await said(region)).slice(9, 16), [
      'none',
      'hot',
      'hot',
      'hot',
      'cold',
      'cold',
      'none',
    ]);
    await region.advise(offset + 11 * PAGE, PAGE, 'warm');
    assert.deepEqual((await said(region)).slice(10, 13), ['hot', 'none', 'hot']);
    await region.advise(0, region.bytes, 'cold');
    assert.deepEqual(counts(await said(region)), { cold: before.length });
    await region.advise(0, 0, 'hot');
    assert.deepEqual(counts(await said(region)), { cold: before.length });
    assertContent(memory);
  });
});
