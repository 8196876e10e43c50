import { openFerry } from 'pageferry';

const memory = new SharedArrayBuffer(256 * 2 ** 20);
new Uint8Array(memory).fill(7); // pages that were never touched need not move

const ferry = await openFerry(); // a node for each NUMA node; on a one-node host also an emulated one
const region = ferry.adopt(memory, { folioSize: 2 ** 21 });
await ferry.registerMigrator({ name: 'mtcopy' }); // copy in batches, on all CPUs
const result = await region.migrate({ to: ferry.nodes[1].id }); // other threads keep reading and writing
console.log(`${result.foliosMoved} folios, ${result.bytesMoved} bytes, ${result.foliosFailed} failed`);
await ferry.close();
