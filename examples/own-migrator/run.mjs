import { openFerry } from 'pageferry';

const memory = new SharedArrayBuffer(64 * 2 ** 20);
new Uint8Array(memory).fill(7);

const ferry = await openFerry();
const region = ferry.adopt(memory);
await ferry.registerMigrator({
  module: new URL('./my-migrator.mjs', import.meta.url),
  options: { minFolios: 2 },
});
const result = await region.migrate({ to: ferry.nodes[1].id });
const { offload_folios: offloaded } = ferry.stats();
console.log(`${result.foliosMoved} folios moved, ${offloaded} of them copied by longest-first`);
await ferry.close();
