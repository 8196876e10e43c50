import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { LIMIT, MIB, nextBatch, withFerry } from './support/fixture.js';
import { ADDRESSES_OF64_BITS_CASES, addressesOf64Bits, Growable } from './support/growable-scenes.js';

test(
  'a growable SharedArrayBuffer grows while it is migrated: the next migration has all of it',
  LIMIT,
  async () => {
    await withFerry({ batchBytes: 16 * 4096 }, async (ferry) => {
      const buffer = new Growable(8 * MIB, { maxByteLength: 32 * MIB });
      assert.equal(buffer.growable, true);
      fill(buffer);
      const region = ferry.adopt(buffer);
      const { batches } = ferry.stats();
      const moving = region.migrate({ to: 1 });
      await nextBatch(ferry, batches);
      buffer.grow(16 * MIB);
      fill(buffer, 1);
      const { bytesMoved, failures } = await moving;
      assert.ok(bytesMoved > 7 * MIB && bytesMoved <= 8 * MIB && failures.length === 0, `${bytesMoved}`);
      buffer.grow(32 * MIB);
      assertContent(buffer, 1, 0, 16 * MIB);
      await region.migrate({ to: 0 });
      const next = await region.migrate({ to: 1 });
      assert.equal(region.bytes, 32 * MIB);
      // What nobody has touched is not there to be moved.
      assert.ok(next.bytesMoved >= 15 * MIB && next.failures.length === 0);
      assertContent(buffer, 1, 0, 16 * MIB);
      // Zeros, as the language says.
      assert.ok(new Int32Array(buffer, 16 * MIB).every((word) => word === 0));
    });
  },
);

addressesOf64Bits(ADDRESSES_OF64_BITS_CASES.slice(0, 1));
