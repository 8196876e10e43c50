import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, refusal, withFerry } from './support/fixture.js';
import { refused } from './support/refused-buffers-scenes.js';
import { wasmMemory } from './support/wasm.js';

test('memory that could be freed or moved is refused, with what to do instead', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    for (const value of [
      new ArrayBuffer(MIB),
      Buffer.alloc(MIB),
      new Uint8Array(MIB),
      new DataView(new ArrayBuffer(MIB)),
      wasmMemory({ initial: 1, maximum: 1 }).buffer,
    ]) {
      assert.match(refused(ferry, value).advice!, /SharedArrayBuffer/);
    }
    assert.match(refused(ferry, wasmMemory({ initial: 1, maximum: 1 }).buffer).advice!, /pass the Memory/);
  });
});

test('what is no memory at all is refused', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    for (const value of [
      null,
      undefined,
      0,
      'buffer',
      {},
      [],
      () => 0,
      { buffer: new SharedArrayBuffer(MIB) },
    ]) {
      assert.match(refused(ferry, value).advice!, /ferry\.allocate/);
    }
  });
});

test('a buffer without a whole page is refused', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    for (const bytes of [0, 1, 4000]) refused(ferry, new SharedArrayBuffer(bytes));
    refused(ferry, wasmMemory({ initial: 0, maximum: 1 }));
  });
});

test('a buffer that is adopted already is refused with EBUSY, and stays adopted', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(MIB);
    fill(buffer);
    const region = ferry.adopt(buffer);
    assert.throws(() => ferry.adopt(buffer), refusal('EBUSY', 'buffer'));
    const own = ferry.allocate(MIB);
    assert.throws(() => ferry.adopt(own.buffer), refusal('EBUSY', 'buffer'));
    assertAllMoved(region, await region.migrate({ to: 1 }));
    assertContent(buffer);
  });
});

test('bad options of adopt and allocate are refused by name, and nothing is adopted', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    const buffer = new SharedArrayBuffer(MIB);
    const cases: readonly [object, string, string][] = [
      [{ folioSize: 0 }, 'EINVAL', 'options.folioSize'],
      [{ folioSize: 2048 }, 'EINVAL', 'options.folioSize'],
      [{ folioSize: 5000 }, 'EINVAL', 'options.folioSize'],
      [{ folioSize: 12288 }, 'EINVAL', 'options.folioSize'],
      [{ folioSize: 4 * MIB }, 'EINVAL', 'options.folioSize'],
      [{ folioSize: Number.NaN }, 'EINVAL', 'options.folioSize'],
      [{ folioSize: '4096' }, 'EINVAL', 'options.folioSize'],
      [{ folioSize: null }, 'EINVAL', 'options.folioSize'],
      [{ node: 2 }, 'ENODEV', 'options.node'],
      [{ node: -1 }, 'ENODEV', 'options.node'],
      [{ node: '0' }, 'ENODEV', 'options.node'],
      [{ node: null }, 'ENODEV', 'options.node'],
    ];
    for (const [options, code, argument] of cases) {
      assert.throws(() => ferry.adopt(buffer, options), refusal(code, argument), JSON.stringify(options));
      assert.throws(() => ferry.allocate(MIB, options), refusal(code, argument), JSON.stringify(options));
    }
    ferry.adopt(buffer);
  });
});

test('bad sizes are refused by allocate', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    for (const bytes of [0, -1, 4096, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 50, '8192', null]) {
      assert.throws(() => ferry.allocate(bytes as number), refusal('EINVAL', 'bytes'));
    }
  });
});
