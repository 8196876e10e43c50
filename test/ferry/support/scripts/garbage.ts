import { openFerry } from '../../../../src/index.js';
import { assertContent, fill } from '../content.js';

/**
 * Migrates buffers that it keeps no other hold of, with garbage collected all the time (see the test for the options).
 * Prints how many of those that were released and dropped have been collected.
 */
const { gc } = globalThis as unknown as { gc: () => void };
const MIB = 1024 * 1024;
const ROUNDS = 4;
let collected = 0;
const registry = new FinalizationRegistry(() => {
  collected++;
});
let garbage: unknown[] = [];

const ferry = await openFerry();
await ferry.registerMigrator({ name: 'mtcopy', threads: 2 });

async function round(seed: number): Promise<void> {
  const region = (() => {
    // From here on nobody but the region holds the buffer, and while a migration runs nobody here holds the region.
    const buffer = new SharedArrayBuffer(6 * MIB);
    registry.register(buffer, seed);
    fill(buffer, seed);
    return ferry.adopt(buffer, { folioSize: [4096, 65536, 2 * MIB][seed % 3]! });
  })();
  for (const to of [1, 0, 1]) {
    const migrations = [region.migrate({ to, batchBytes: 64 * 4096 })];
    for (let i = 0; i < 10; i++) {
      garbage = Array.from({ length: 200 }, (_, k) => new Uint8Array(1000 + k));
      gc();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [result] = await Promise.all(migrations);
    if (result!.bytesMoved !== region.migratableBytes) throw new Error(JSON.stringify(result!.failures));
  }
  assertContent(region.buffer, seed);
  // Some are dropped with a migration under way.
  const last = seed % 2 === 0 ? region.migrate({ to: 0 }).catch(() => undefined) : undefined;
  await region.release();
  await last;
}

for (let seed = 0; seed < ROUNDS; seed++) await round(seed);
for (let i = 0; i < 50 && collected < ROUNDS; i++) {
  gc();
  await new Promise((resolve) => setTimeout(resolve, 10));
}
process.stdout.write(`collected ${collected} of ${ROUNDS}, ${garbage.length > 0}\n`);

// Held by the ferry alone: adopted, dropped, never released.
const before = collected;
ferry.adopt(
  (() => {
    const buffer = new SharedArrayBuffer(6 * MIB);
    registry.register(buffer, -1);
    return buffer;
  })(),
);
for (let i = 0; i < 20; i++) {
  gc();
  await new Promise((resolve) => setTimeout(resolve, 5));
}
process.stdout.write(`held ${collected === before}\n`);
await ferry.close();
