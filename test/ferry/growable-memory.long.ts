import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, withFerry } from './support/fixture.js';
import { ADDRESSES_OF64_BITS_CASES, addressesOf64Bits, Growable } from './support/growable-scenes.js';

test('a growable SharedArrayBuffer that grew is adopted anew as a whole', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new Growable(2 * MIB, { maxByteLength: 8 * MIB });
    fill(buffer);
    const small = ferry.adopt(buffer);
    assertAllMoved(small, await small.migrate({ to: 1 }));
    buffer.grow(8 * MIB);
    fill(buffer, 1);
    await small.release();
    const region = ferry.adopt(buffer);
    assert.equal(region.bytes, 8 * MIB);
    for (const to of [1, 0]) assertAllMoved(region, await region.migrate({ to }));
    assertContent(buffer, 1);
  });
});

addressesOf64Bits(ADDRESSES_OF64_BITS_CASES.slice(1));
