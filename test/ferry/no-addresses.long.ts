import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import {
  type AdoptableBuffer,
  type Ferry,
  MigrationError,
  type MigratorOption,
  openFerry,
} from '../../src/index.js';
import { libc } from '../../src/linux/sys/libc.js';
import { serveParameters } from '../../src/parameters.js';
import { likelyAddresses, mappedAddresses } from './support/addresses.js';
import { fill } from './support/content.js';
import { LIMIT, MIB, PAGE } from './support/fixture.js';
import { ask } from './support/http-request.js';
import { fixture } from './support/module-fixture.js';
import { temporaryFolder } from './support/parameter-server-fixture.js';
import { tune } from './support/parameters.js';
import { wasmMemory } from './support/wasm.js';

const BYTES = 40 * MIB;

/** Everything that could come into a log: as inspect and JSON write it, and its parts. */
class Log {
  readonly #texts: string[] = [];
  errors = 0;

  add(value: unknown): void {
    this.#texts.push(typeof value === 'string' ? value : inspect(value, { depth: 8, maxArrayLength: 1000 }));
    if (value instanceof Error) this.#texts.push(String(value.stack), JSON.stringify(value));
    else if (typeof value === 'object') this.#texts.push(JSON.stringify(value));
  }

  /** Adds what a call gives or throws. */
  async call(run: () => unknown): Promise<void> {
    try {
      this.add(await run());
    } catch (error) {
      this.errors++;
      assert.ok(error instanceof MigrationError, String(error));
      this.add(error);
      for (let { cause } = error; cause !== undefined; cause = (cause as Error).cause) this.add(cause);
    }
  }

  get text(): string {
    return this.#texts.join('\n');
  }
}

test('an address is found in a text, however it is written', () => {
  const memory = new Uint8Array(new SharedArrayBuffer(BYTES));
  const address = libc().addressOf(memory) + 5 * PAGE;
  const hex = address.toString(16);
  for (const written of [
    `0x${hex}`,
    hex.toUpperCase(),
    `at ${address},`,
    `${address}n`,
    hex.padStart(16, '0'),
  ]) {
    assert.equal(mappedAddresses(written).length, 1, written);
    assert.equal(likelyAddresses(written).length, 1, written);
  }
  const others =
    'moved 1073741824 bytes in 5123456789 ns, 26.5 GB/s, 0x3ff, seed 2147483647, 2^53 = 9007199254740992';
  assert.deepEqual([mappedAddresses(others), likelyAddresses(others)], [[], []]);
  assert.ok(memory.length > 0);
});

async function work(ferry: Ferry, log: Log, t: TestContext): Promise<void> {
  const buffer = new SharedArrayBuffer(BYTES);
  fill(buffer);
  const region = ferry.adopt(buffer, { name: 'mine' });
  const page = libc().addressOf(new Uint8Array(buffer)) - 16 + 64 * PAGE;
  for (const option of [
    { name: 'dcbm', channels: 2 },
    { name: 'mtcopy', threads: 2 },
  ] as MigratorOption[]) {
    await log.call(() => ferry.registerMigrator(option));
    for (const to of [1, 0]) await log.call(() => region.migrate({ to }));
    await log.call(() => ferry.unregisterMigrator(ferry.activeMigrator!));
  }
  await log.call(() => ferry.adopt(buffer));
  // A part of it that cannot be moved: failures, and a refusal that says what is mapped there.
  assert.equal(libc().mprotect(page, 4 * PAGE, 1), 0);
  await log.call(() => region.migrate({ to: 1 }));
  await log.call(() => region.movePages([64 * PAGE, 8 * PAGE, 2 ** 40], [0, 0, 0]));
  await region.release();
  await log.call(() => ferry.adopt(buffer));
  assert.equal(libc().mprotect(page, 4 * PAGE, 3), 0);

  for (const value of [
    undefined,
    null,
    new ArrayBuffer(8),
    Buffer.alloc(8),
    new Uint8Array(buffer),
    { buffer },
  ]) {
    await log.call(() => ferry.adopt(value as unknown as AdoptableBuffer));
  }
  await log.call(() => ferry.allocate(2 ** 46 + 1));
  await log.call(() => region.migrate({ to: 1 }));
  for (const option of [{ name: 'dcbm', device: 'idxd' }, { name: 'x' }, { module: 'data:,1' }]) {
    await log.call(() => ferry.registerMigrator(option as MigratorOption));
  }
  for (const how of ['throws', 'hangs', 'badMarks']) await ejected(ferry, log, how);

  const path = join(temporaryFolder(t), 's');
  await log.call(() => serveParameters(ferry, path));
  await log.call(() => serveParameters(ferry, path));
  for (const url of ['/', '/x', '/module/dcbm/parameters/nr_dma_chan']) {
    await log.call(async () => (await ask(path, 'GET', url)).body);
    await log.call(async () => (await ask(path, 'PUT', url, 'nonsense')).body);
  }
  log.add(ferry);
  log.add(ferry.nodes);
  log.add(ferry.stats());
  log.add(ferry.parameters.list());
  log.add(region);
}

/** A module that goes wrong until it is unregistered with a warning. */
async function ejected(ferry: Ferry, log: Log, how: string): Promise<void> {
  await tune(ferry, { max_failures: 1, copy_timeout_ms: 30 });
  const own = ferry.allocate(4 * MIB);
  fill(own.buffer);
  await log.call(() => ferry.registerMigrator({ module: fixture('misbehaves'), options: { how } }));
  await log.call(() => own.migrate({ to: 1 }));
  await log.call(() => ferry.unregisterMigrator(ferry.activeMigrator ?? how));
  await own.release();
}

test('no error, warning, result, parameter or statistic has an address in it', LIMIT, async (t) => {
  const log = new Log();
  const warn = (warning: Error): void => log.add(warning);
  process.on('warning', warn);
  t.after(() => void process.off('warning', warn));
  const ferry = await openFerry();
  await work(ferry, log, t);
  assert.deepEqual(mappedAddresses(log.text), []);
  await ferry.close();
  await log.call(() => ferry.allocate(MIB));
  await log.call(() => openFerry({ nodes: [{ id: 0, numaNode: 1000 }] }));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(likelyAddresses(log.text), []);
  assert.ok(log.errors >= 15, `${log.errors} errors`);
  for (const said of [
    'EINVAL',
    'EBUSY',
    'ENODEV',
    'EBADF',
    'EADDRINUSE',
    'r--p',
    'was unregistered',
    'ENOENT',
  ]) {
    assert.ok(log.text.includes(said), said);
  }
});

/** Every property of an object that can be read without a call, by its own chain of prototypes. */
function readable(object: object): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (let level = object; level !== Object.prototype; level = Object.getPrototypeOf(level) as object) {
    for (const name of Object.getOwnPropertyNames(level)) {
      const value: unknown = Reflect.get(object, name, object);
      if (typeof value !== 'function' && !(value instanceof Promise)) found[name] = value;
    }
  }
  return found;
}

test('no property of a ferry, a region or what they give has an address', LIMIT, async () => {
  const ferry = await openFerry();
  const region = ferry.adopt(new SharedArrayBuffer(BYTES));
  const several = ferry.adopt(wasmMemory({ initial: 600, maximum: 700, shared: true }));
  for (const object of [ferry, region, several, ferry.trace(), ferry.events(), ferry.parameters]) {
    const text = inspect(readable(object), { depth: 8, getters: true, maxArrayLength: 1000 });
    assert.deepEqual([likelyAddresses(text), mappedAddresses(text)], [[], []]);
  }
  // What of a region can migrate, in bytes of its memory.
  for (const name of ['spans', 'wholePages', 'replaceMemory']) {
    assert.ok(!(name in region) && !(name in ferry), name);
  }
  const [{ offset, length }] = region.migratable as [{ offset: number; length: number }];
  assert.ok(offset >= 0 && offset < PAGE && length === region.migratableBytes && offset + length <= BYTES);
  await ferry.close();
});
