import { parentPort, workerData } from 'node:worker_threads';
import { openFerry } from '../../../../src/index.js';

/** A worker that owns a ferry and migrates a page so many times; tells how many bytes have moved. */
const { calls } = workerData as { calls: number };
const ferry = await openFerry();
const buffer = new SharedArrayBuffer(1024 * 1024);
new Int32Array(buffer).fill(1);
const region = ferry.adopt(buffer);
const { offset } = region.migratable[0]!;
let moved = 0;
for (let i = 0; i < calls; i++) {
  moved += (await region.migrate({ to: 1 - (i % 2), offset, length: 4096 })).bytesMoved;
}
await ferry.close();
parentPort!.postMessage(moved);
