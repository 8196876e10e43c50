import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';

test('a range within a large folio moves smaller folios, and only its own pages', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(8 * MIB);
    const region = ferry.adopt(buffer, { folioSize: 2 * MIB });
    fill(buffer);
    const result = await region.migrate({ to: 1, offset: 3 * MIB + 100, length: 3 * PAGE });
    assert.equal(result.bytesMoved, 4 * PAGE);
    const back = await region.migrate({ to: 0 });
    assert.equal(back.bytesMoved, 4 * PAGE, 'pages of a folio that lies on two nodes move one by one');
    assertContent(buffer);
  });
});
