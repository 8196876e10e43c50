import { openFerry } from '../../../../src/index.js';

/** Makes small calls, and ends at once: by process.exit, by itself, or by itself once the ferry is closed. */
const ferry = await openFerry();
const buffer = new SharedArrayBuffer(1024 * 1024);
new Int32Array(buffer).fill(1);
const region = ferry.adopt(buffer);
const { offset } = region.migratable[0]!;
let moved = 0;
for (let i = 0; i < 20; i++) {
  moved += (await region.migrate({ to: 1 - (i % 2), offset, length: 4096 })).foliosMoved;
}
process.stdout.write(`moved ${moved}\n`);
if (process.argv[2] === 'close') await ferry.close();
if (process.argv[2] === 'exit') process.exit(0);
