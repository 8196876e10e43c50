/**
 * Memories side by side, of which V8 has to move some when they grow: this process is to have no trap handler, and address
 * space for one whole reservation.
 */
import '../watchdog.js';
import assert from 'node:assert/strict';
import { MigrationError, openFerry, type WasmMemory } from '../../../../src/index.js';
import { libc } from '../../../../src/linux/sys/libc.js';
import { limitAddressSpace } from '../address-space.js';
import { assertContent, fill } from '../content.js';

const PAGES = 256;
const COUNT = 6;
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { Memory: new (descriptor: { initial: number }) => WasmMemory };
};

const addressOf = (memory: WasmMemory): number => libc().addressOf(new Uint8Array(memory.buffer, 0, 1));

const ferry = await openFerry({ poolBytes: 2 ** 26 });
limitAddressSpace(5.5 * 2 ** 30);
const memories = Array.from({ length: COUNT }, () => new WebAssembly.Memory({ initial: PAGES }));
const regions = memories.map((memory) => ferry.adopt(memory));
/** Whether the ferry takes each of them for one that V8 may have to move. */
const movable: boolean[] = [];
for (const region of regions) {
  movable.push(
    await region.migrate({ to: 1, copyMode: 'write-protected' }).then(
      () => false,
      (error) => error instanceof MigrationError && error.code === 'EOPNOTSUPP',
    ),
  );
}
let moved = 0;
for (const [i, memory] of memories.entries()) {
  const before = addressOf(memory);
  fill(memory.buffer);
  memory.grow(1);
  if (addressOf(memory) !== before) {
    moved++;
    assert.ok(movable[i], `V8 has moved memory ${i}, and the ferry has taken it for one that stays`);
  }
  assert.deepEqual((await regions[i]!.migrate({ to: 0 })).failures, []);
  assertContent(memory.buffer, 0, 0, PAGES * 65536);
}
await ferry.close();
console.log(`moved ${moved}`);
