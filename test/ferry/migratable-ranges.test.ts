import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { PageTables } from './support/pages.js';
import { wasmMemory } from './support/wasm.js';

test(
  'the whole pages inside a buffer are migratable; its unaligned head and tail are not',
  LIMIT,
  async () => {
    const tables = new PageTables();
    await withFerry({}, async (ferry) => {
      for (const bytes of [2 * MIB, 1_000_004, 3 * PAGE, 2 * PAGE]) {
        const buffer = new SharedArrayBuffer(bytes);
        fill(buffer);
        const region = ferry.adopt(buffer);
        assert.equal(region.bytes, bytes);
        assert.equal(region.buffer, buffer);
        assert.equal(region.migratable.length, 1);
        const { offset, length } = region.migratable[0]!;
        const address = tables.addressOf(buffer);
        assert.equal((address + offset) % PAGE, 0);
        assert.equal(length % PAGE, 0);
        assert.ok(offset >= 0 && offset < PAGE, 'the head is less than a page');
        const tail = bytes - offset - length;
        assert.ok(tail >= 0 && tail < PAGE, 'the tail is less than a page');
        assert.equal(region.migratableBytes, length);
        assertAllMoved(region, await region.migrate({ to: 1 }));
        assertContent(buffer);
        region.release();
      }
    });
    tables.close();
  },
);

test('all of a WebAssembly.Memory is migratable', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const memory = wasmMemory({ initial: 16, maximum: 16 });
    fill(memory.buffer);
    const region = ferry.adopt(memory, { name: 'heap' });
    assert.deepEqual(region.migratable, [{ offset: 0, length: MIB }]);
    assert.equal(region.name, 'heap');
    assert.equal(region.folioSize, PAGE);
    assertAllMoved(region, await region.migrate({ to: 1 }));
    assertContent(memory.buffer);
  });
});
