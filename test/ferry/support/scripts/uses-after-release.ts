import { openFerry } from '../../../../src/index.js';

/** Uses memory that the ferry allocated after release, after close and after garbage collection. */
const ferry = await openFerry();
const regions = ['released', 'closed'].map((name) => ferry.allocate(8 * 1024 * 1024, { name }));
const views = regions.map(({ buffer }) => new Int32Array(buffer));
for (const view of views) view.fill(7);
for (const region of regions) await region.migrate({ to: 1 });
regions[0]!.release();
regions.length = 0;
globalThis.gc?.();
for (const view of views) view.fill(8);
await ferry.close();
globalThis.gc?.();
const sum = views.map((view) => view.reduce((total, word) => total + word, 0) / view.length);
process.stdout.write(`${sum.join(' ')}\n`);
