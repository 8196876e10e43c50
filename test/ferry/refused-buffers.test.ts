import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AdoptableBuffer, type Ferry, MigrationError } from '../../src/index.js';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, refusal, withFerry } from './support/fixture.js';
import { wasmMemory } from './support/wasm.js';

/** The refusal to adopt something that the types would not allow either. */
function refused(ferry: Ferry, value: unknown): MigrationError {
  try {
    ferry.adopt(value as AdoptableBuffer);
  } catch (error) {
    assert.ok(error instanceof MigrationError, String(error));
    assert.equal(error.code, 'EINVAL');
    assert.equal(error.operation, 'adopt');
    assert.equal(error.argument, 'buffer');
    assert.ok(error.message.startsWith('adopt: EINVAL: buffer: '), error.message);
    return error;
  }
  return assert.fail('was adopted');
}

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

test('of a view over shared memory the buffer is asked for', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    const shared = new SharedArrayBuffer(MIB);
    for (const view of [new Uint8Array(shared), new Float64Array(shared), new DataView(shared)]) {
      assert.match(refused(ferry, view).advice!, /Pass the \.buffer/);
    }
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

// Two regions over the same pages would each let go of what the other is moving.
test('the same memory under another name is refused with EBUSY', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    const buffer = new SharedArrayBuffer(MIB);
    ferry.adopt(buffer);
    assert.throws(() => ferry.adopt(structuredClone(buffer)), refusal('EBUSY', 'buffer'));
  });
});

test('the buffer of a shared WebAssembly.Memory that is adopted is refused with EBUSY', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    const memory = wasmMemory({ initial: 16, maximum: 32, shared: true });
    ferry.adopt(memory);
    assert.throws(() => ferry.adopt(memory.buffer as SharedArrayBuffer), refusal('EBUSY', 'buffer'));
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

test('an option that adopt and allocate do not know is refused by name', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    const options = { foliosize: 4096 } as object;
    const refusedByName = refusal('EINVAL', 'options.foliosize');
    assert.throws(() => ferry.adopt(new SharedArrayBuffer(MIB), options), refusedByName);
    assert.throws(() => ferry.allocate(MIB, options), refusedByName);
  });
});

test('options of adopt and allocate that are no object are refused', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    for (const options of [null, 4096, 'huge'] as unknown as object[]) {
      assert.throws(() => ferry.adopt(new SharedArrayBuffer(MIB), options), refusal('EINVAL', 'options'));
      assert.throws(() => ferry.allocate(MIB, options), refusal('EINVAL', 'options'));
    }
  });
});

test('bad sizes are refused by allocate', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    for (const bytes of [0, -1, 4096, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 50, '8192', null]) {
      assert.throws(() => ferry.allocate(bytes as number), refusal('EINVAL', 'bytes'));
    }
  });
});
