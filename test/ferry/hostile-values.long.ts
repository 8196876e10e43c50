import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  type AdoptableBuffer,
  type Ferry,
  type MigratorOption,
  openFerry,
  type Region,
} from '../../src/index.js';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, HUGE, LIMIT, MIB, PAGE, refusal, withFerry } from './support/fixture.js';
import { wasmMemory } from './support/wasm.js';

const rude = (): never => {
  throw new Error('rude');
};

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** Objects that throw as soon as they are looked at, in one way or another. */
const UNREADABLE: readonly object[] = [
  revoked(),
  new Proxy({}, { ownKeys: rude }),
  Object.defineProperty({}, 'name', { get: rude, enumerable: true }),
];

test('options that cannot be read are refused as that, by every call that takes some', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.allocate(MIB);
    const cannot = refusal('EINVAL', 'options');
    for (const options of UNREADABLE) {
      await assert.rejects(openFerry(options), cannot);
      assert.throws(() => ferry.adopt(new SharedArrayBuffer(MIB), options), cannot);
      assert.throws(() => ferry.allocate(MIB, options), cannot);
      await assert.rejects(region.migrate(options as { to: number }), cannot);
      await assert.rejects(region.movePages([PAGE], null, options), cannot);
      await assert.rejects(ferry.prefill(options as { node: number; bytes: number }), cannot);
      await assert.rejects(ferry.registerMigrator(options as MigratorOption), refusal('EINVAL', 'migrator'));
    }
    assert.equal(ferry.stats().batches, 0);
  });
});

test('a value without text is refused by the name of its option all the same', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.allocate(MIB);
    for (const value of [Object.create(null), { toString: rude }, revoked(), Symbol('s')] as never[]) {
      await assert.rejects(openFerry({ copy: value }), refusal('EINVAL', 'options.copy'));
      await assert.rejects(openFerry({ nodes: value }), { code: 'EINVAL', argument: 'options.nodes' });
      await assert.rejects(region.migrate({ to: value }), refusal('ENODEV', 'options.to'));
      await assert.rejects(region.migrate({ to: 1, reason: value }), refusal('EINVAL', 'options.reason'));
      assert.throws(() => ferry.allocate(value), refusal('EINVAL', 'bytes'));
      assert.throws(() => ferry.allocate(MIB, { folioSize: value }), refusal('EINVAL', 'options.folioSize'));
      assert.throws(() => ferry.allocate(MIB, { name: value }), refusal('EINVAL', 'options.name'));
      await assert.rejects(ferry.unregisterMigrator(value), refusal('EINVAL', 'name'));
      await assert.rejects(region.movePages([value], null), refusal('EINVAL', 'offsets[0]'));
      await assert.rejects(
        ferry.registerMigrator({ name: 'mtcopy', threads: value }),
        refusal('EINVAL', 'migrator.threads'),
      );
    }
  });
});

test('what only says that it is memory is not adopted', LIMIT, async () => {
  class Longer extends SharedArrayBuffer {
    override get byteLength(): number {
      return 64 * MIB;
    }
  }
  const memory = wasmMemory({ initial: 16, maximum: 16 });
  Object.defineProperty(memory, 'buffer', { value: new ArrayBuffer(4 * MIB) });
  await withFerry({}, (ferry) => {
    const real = ferry.adopt(new Longer(MIB));
    assert.equal(real.bytes, MIB);
    assert.ok(real.migratableBytes <= MIB);
    // The memory is adopted, and not what has been put in the place of its buffer.
    assert.equal(ferry.adopt(memory).bytes, MIB);
    for (const value of [
      Object.create(SharedArrayBuffer.prototype),
      new Proxy(new SharedArrayBuffer(MIB), {}),
      Object.create(Object.getPrototypeOf(memory)),
      revoked(),
    ] as AdoptableBuffer[]) {
      assert.throws(() => ferry.adopt(value), refusal('EINVAL', 'buffer'));
    }
  });
});

test('a size that is not quite that of a folio is refused', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    for (const folioSize of [HUGE + 2 ** -31, HUGE - 2 ** -32, PAGE + 2 ** -40]) {
      assert.notEqual(folioSize, Math.round(folioSize));
      assert.throws(() => ferry.allocate(MIB, { folioSize }), refusal('EINVAL', 'options.folioSize'));
    }
  });
});

test(
  'lists are as long as they were when they were looked at, and no longer than can be',
  LIMIT,
  async () => {
    await withFerry({}, async (ferry) => {
      const region = ferry.allocate(MIB);
      for (const length of [2 ** 53, 2 ** 32, 2 ** 26 + 1, -1, Number.NaN, 1.5]) {
        await assert.rejects(region.movePages({ length }, null), refusal('EINVAL', 'offsets'));
      }
      let length = 1;
      const growing = new Proxy([PAGE], { get: (list, key) => (key === 'length' ? length++ : list[0]) });
      assert.equal((await region.movePages(growing, null)).length, 1);
      const endless = Object.assign(['syscall'], {
        *[Symbol.iterator]() {
          for (;;) yield 'syscall';
        },
      });
      await (await openFerry({ reasonMask: endless as never[] })).close();
    });
  },
);

test('a migrator that contains itself is refused', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const option: Record<string, unknown> = { name: 'error' };
    Object.assign(option, { inner: option });
    await assert.rejects(
      ferry.registerMigrator(option as unknown as MigratorOption),
      refusal('EINVAL', 'migrator.inner'),
    );
  });
});

test("a module's options are read once: what was checked is what is sent", LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    let reads = 0;
    const options = {
      get once() {
        if (reads++ > 0) throw new Error('read twice');
        return 1;
      },
    };
    const module = `data:text/javascript,export const createMigrator = ({ once }) =>
      ({ name: 'got ' + once, offloadCopy: () => 0 });`;
    assert.equal(await ferry.registerMigrator({ module, options }), 'got 1');
    assert.equal(reads, 1);
  });
});

/** A module that answers for the engine's own thread, on the port that is not its own. */
const talks = (message: string): string =>
  `data:text/javascript,import { workerData } from 'node:worker_threads';
   workerData.port.postMessage(${message}); export const createMigrator = () => new Promise(() => {});`;

test('a module whose thread says something else than it should is refused', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    for (const message of [
      'null',
      '1',
      '{}',
      '{ ready: true }',
      '{ ready: true, name: 7 }',
      '{ ready: false, code: 1 }',
    ]) {
      await assert.rejects(
        ferry.registerMigrator({ module: talks(message) }),
        { code: 'EINVAL', argument: 'migrator.module', message: /sent an unexpected message/ },
        message,
      );
    }
    for (const name of ['a\\nb', 'x'.repeat(65), '\\u001b[2J']) {
      const module = `data:text/javascript,export const createMigrator = () => ({ name: '${name}', offloadCopy() {} });`;
      await assert.rejects(ferry.registerMigrator({ module }), { code: 'EINVAL', message: /up to 64/ });
    }
  });
});

test('what onProgress throws becomes one warning, and the migration is as it would be', LIMIT, async () => {
  await withFerry({ batchBytes: 4096 }, async (ferry: Ferry) => {
    const buffer = new SharedArrayBuffer(16 * MIB);
    fill(buffer);
    const region: Region = ferry.adopt(buffer);
    const warned = once(process, 'warning');
    assertAllMoved(region, await region.migrate({ to: 1, onProgress: rude }));
    assert.match(((await warned)[0] as Error).message, /^onProgress threw: rude$/);
    const later = once(process, 'warning');
    const rejects = async () => {
      throw new Error('rude, but later');
    };
    assertAllMoved(region, await region.migrate({ to: 0, onProgress: rejects }));
    assert.match(((await later)[0] as Error).message, /^onProgress threw: rude, but later$/);
    assertContent(buffer);
  });
});

test('what only says that it is an AbortSignal is refused', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.allocate(MIB);
    const closed = new Proxy(AbortSignal.abort(), { get: rude });
    for (const signal of [Object.create(AbortSignal.prototype), closed, { aborted: false }]) {
      await assert.rejects(region.migrate({ to: 1, signal }), refusal('EINVAL', 'options.signal'));
    }
    const deaf = Object.assign(new AbortController().signal, { addEventListener: rude });
    await assert.rejects(region.migrate({ to: 1, signal: deaf }), refusal('EINVAL', 'options.signal'));
    assert.equal(ferry.stats().batches, 0);
  });
});

test("memory that may grow is adopted as long as it is, with growth: 'ignore'", LIMIT, async () => {
  const Growable = SharedArrayBuffer as unknown as new (
    bytes: number,
    options: object,
  ) => SharedArrayBuffer & {
    grow(bytes: number): void;
  };
  await withFerry({}, async (ferry) => {
    const buffer = new Growable(MIB, { maxByteLength: 2 * MIB });
    fill(buffer);
    const region = ferry.adopt(buffer, { growth: 'ignore' });
    assertAllMoved(region, await region.migrate({ to: 1 }));
    buffer.grow(2 * MIB);
    assertAllMoved(region, await region.migrate({ to: 0 }));
    assert.equal(region.bytes, MIB);
  });
});
