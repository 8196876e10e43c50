import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill } from './support/content.js';
import { LIMIT, MIB, PAGE, tally, whereAll, withFerry } from './support/fixture.js';
import { FOLIO_SIZES } from './support/live.js';
import { countsWhatItDid } from './support/result-counts-scenes.js';

countsWhatItDid(FOLIO_SIZES.slice(1));

test('base folios moved, on the target and absent add up to all pages', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    // Of this size malloc maps it afresh: a smaller one may be recycled memory, which is not untouched.
    const buffer = new SharedArrayBuffer(40 * MIB);
    const region = ferry.adopt(buffer);
    const first = region.migratable[0]!.offset;
    const pages = region.migratableBytes / PAGE;
    // Every page but each fourth is touched, and the first half of them moves beforehand.
    for (let i = 0; i < pages; i++)
      if (i % 4 !== 3) fill(buffer, 0, first + i * PAGE, first + (i + 1) * PAGE);
    const half = await region.migrate({ to: 1, length: first + (pages / 2) * PAGE });
    const rest = await region.migrate({ to: 1 });
    assert.equal(half.foliosMoved + half.foliosAbsent, Math.ceil(pages / 2));
    assert.equal(rest.foliosMoved + rest.foliosAbsent + rest.foliosOnTarget, pages);
    assert.equal(rest.foliosOnTarget, half.foliosMoved);
    assert.equal(half.foliosMoved + rest.foliosMoved, pages - Math.floor(pages / 4));
    assert.equal(half.bytesMoved + rest.bytesMoved, (half.foliosMoved + rest.foliosMoved) * PAGE);
    assert.deepEqual(tally(await whereAll(region)), {
      '-2': Math.floor(pages / 4),
      1: pages - Math.floor(pages / 4),
    });
  });
});
