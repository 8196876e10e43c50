/**
 * V8 cannot grow a WebAssembly.Memory in place, and moves it: this process is to have no trap handler, and little address
 * space. argv: what is to happen.
 */
import '../watchdog.js';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { openFerryWith } from '../../../../src/ferry/open-ferry.js';
import { MigrationError, type Region, type WasmMemory } from '../../../../src/index.js';
import { libc } from '../../../../src/linux/sys/libc.js';
import { limitAddressSpace } from '../address-space.js';
import { assertContent, fill } from '../content.js';
import { nextBatch } from '../fixture.js';
import { fixture } from '../module-fixture.js';
import { WASM_PAGE } from '../wasm.js';

const MIB = 2 ** 20;
const PAGES = 512;
const BYTES = PAGES * WASM_PAGE;
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { Memory: new (descriptor: { initial: number }) => WasmMemory };
};

const addressOf = (memory: WasmMemory | SharedArrayBuffer): number =>
  libc().addressOf(new Uint8Array('buffer' in memory ? memory.buffer : memory, 0, 1));

const what = process.argv[2]!;
const wrapMachine = new URL('../untold-machine.js', import.meta.url).href;
const ferry = await openFerryWith(
  { audit: true, poolBytes: 64 * MIB, batchBytes: 2 * 2 ** 20 },
  what === 'untold' ? { wrapMachine } : {},
);
await ferry.parameters.set('module/pageferry/parameters/page_tables', 'always');
/** Uses the memory that it is given. It starts before the limit, because V8 reserves address space for each thread. */
const user =
  what === 'reused'
    ? new Worker(
        `require('node:worker_threads').parentPort.once('message', (memory) => {
           const words = new Int32Array(memory);
           setInterval(() => { for (let i = 0; i < words.length; i += 512) Atomics.add(words, i, 0); }, 0);
         });`,
        { eval: true },
      )
    : undefined;
if (user !== undefined) await once(user, 'online');
/** Whether the memory is to move in mid-migration. Each batch then takes 100 ms, so that the migration is not over before. */
const live = what === 'moves-live' || what === 'moves-ignoring';
if (live) {
  await ferry.parameters.set('module/pageferry/parameters/max_failures', 1_000_000);
  await ferry.registerMigrator({ module: fixture('misbehaves'), options: { how: 'wakesLate', lateMs: 100 } });
}
limitAddressSpace(what === 'moves-live' ? 500 * MIB : 700 * MIB);
const memory = new WebAssembly.Memory({ initial: PAGES });
const start = addressOf(memory);
fill(memory.buffer);
if (what === 'untold') {
  assert.throws(
    () => ferry.adopt(memory),
    (error) => error instanceof MigrationError && error.code === 'EOPNOTSUPP' && error.argument === 'buffer',
  );
  ferry.adopt(new SharedArrayBuffer(MIB));
  await ferry.close();
  console.log('done');
  process.exit();
}
const region = ferry.adopt(memory);

function grow(pages: number): void {
  const before = addressOf(memory);
  memory.grow(pages);
  assert.notEqual(addressOf(memory), before, 'V8 has not moved it');
}

async function migrateAll(to: number, of: Region = region): Promise<void> {
  const { failures, bytesMoved, foliosOnTarget, foliosAbsent, code } = await of.migrate({ to });
  assert.deepEqual([failures, code], [[], null]);
  assert.equal(bytesMoved + (foliosOnTarget + foliosAbsent) * 4096, of.migratableBytes);
}

/** Memory in the place where the WebAssembly.Memory was. */
function inOldPlace(): SharedArrayBuffer {
  for (let i = 0; i < 8; i++) {
    const other = new SharedArrayBuffer(BYTES - 8192);
    const at = addressOf(other);
    if (at < start + BYTES && at + other.byteLength > start) return other;
  }
  return assert.fail('nobody has got the old place');
}

assert.equal(region.movable, true);
for (const [option, value] of [
  ['copyMode', 'write-protected'],
  ['hugePages', 'promote'],
  ['hugePages', 'split'],
] as const) {
  const options = { to: 1, [option]: value } as Parameters<Region['migrate']>[0];
  await assert.rejects(region.migrate(options), { code: 'EOPNOTSUPP', argument: `options.${option}` });
}
const unsupported = { code: 'EOPNOTSUPP', argument: 'region' };
await assert.rejects(region.advise(0, BYTES, 'dead'), unsupported);
for (const source of ['hint', 'referenced'] as const)
  assert.throws(() => region.heat({ source }), unsupported);
// It names pages, and not addresses.
for (const advice of ['cold', 'hot', 'warm'] as const) await region.advise(0, BYTES, advice);

if (what === 'moves-at-rest') {
  await migrateAll(1);
  assert.equal(ferry.stats().tables_moved, 0, 'what may be moved goes page by page');
  grow(2);
  assert.equal(region.bytes, BYTES + 2 * WASM_PAGE);
  assert.deepEqual(region.changes, { grown: 1, moved: 1 });
  fill(memory.buffer, 1);
  await migrateAll(1);
  await migrateAll(0);
  assertContent(memory.buffer, 1);
} else if (live) {
  const mine = what === 'moves-live' ? region : undefined;
  if (mine === undefined) await region.release();
  const followed = mine ?? ferry.adopt(memory, { growth: 'ignore' });
  const { batches } = ferry.stats();
  const moving = followed.migrate({ to: 1 });
  const queued = followed.migrate({ to: 0, length: BYTES / 2 });
  await nextBatch(ferry, batches);
  grow(1);
  const { failures, code } = await moving;
  assert.deepEqual([failures, code], [[], null]);
  const kept = mine === undefined ? BYTES : BYTES + WASM_PAGE;
  assert.deepEqual([followed.bytes, followed.changes.moved], [kept, 1]);
  await queued;
  await ferry.unregisterMigrator('wakesLate');
  assertContent(memory.buffer, 0, 0, BYTES);
  const status = await followed.movePages([0, BYTES / 2 - 4096, BYTES / 2, BYTES - 4096], null);
  assert.deepEqual([...status], [0, 0, 1, 1]);
  await migrateAll(1, followed);
  await migrateAll(0, followed);
  assertContent(memory.buffer, 0, 0, BYTES);
} else if (what === 'moves-at-once') {
  // The request is on its way when V8 moves the memory, and others get the old place.
  const moving = region.migrate({ to: 1 });
  grow(1);
  const other = inOldPlace();
  fill(other, 5);
  const { failures, code } = await moving;
  assert.deepEqual([failures, code], [[], null]);
  assertContent(other, 5);
  assertContent(memory.buffer, 0, 0, BYTES);
} else if (what === 'reused') {
  await migrateAll(1);
  grow(1);
  const other = inOldPlace();
  fill(other, 5);
  user!.postMessage(other);
  // It is not the region's any more, so it can be adopted.
  const another = ferry.adopt(other);
  await migrateAll(1, another);
  await migrateAll(0);
  await migrateAll(0, another);
  await region.release();
  await another.release();
  assertContent(other, 5);
  assertContent(memory.buffer, 0, 0, BYTES);
  await user!.terminate();
} else if (what === 'released') {
  await migrateAll(1);
  grow(1);
  const other = inOldPlace();
  const mine = ferry.adopt(other);
  // That must not take anything from what is there now.
  await region.release();
  assert.throws(
    () => ferry.adopt(other),
    (error) => error instanceof MigrationError && error.code === 'EBUSY',
  );
  await mine.release();
}
const { audit_violations } = ferry.stats();
await ferry.close();
assert.equal(audit_violations, 0);
console.log('done');
