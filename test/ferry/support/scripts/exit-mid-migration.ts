import { openFerry } from '../../../../src/index.js';
import { Crew } from '../crew.js';

/**
 * Ends the process in the middle of migrations, while threads write to the buffers or touch fresh pages of
 * them. Arguments: how (`exit`, `throw`, `reject`), milliseconds to wait before, and a migrator
 * (`dcbm`, `mtcopy`), if one is to copy, or `tables`: page tables move, and no migrator copies.
 */
const [how = 'exit', wait = '0', migrator] = process.argv.slice(2);
const MIB = 1024 * 1024;

const tables = migrator === 'tables';
const ferry = await openFerry({ batchBytes: (tables ? 2048 : 64) * 4096 });
if (tables) await ferry.parameters.set('module/pageferry/parameters/page_tables', 'always');
if (migrator === 'dcbm') await ferry.registerMigrator({ name: migrator, channels: 3 });
if (migrator === 'mtcopy') await ferry.registerMigrator({ name: migrator, threads: 3 });
const full = new SharedArrayBuffer(32 * MIB);
new Int32Array(full).fill(1);
const sparse = new SharedArrayBuffer(256 * MIB);
const fresh = Array.from({ length: (256 * MIB) / 4096 - 2 }, (_, i) => (i + 1) * 4096);
const regions = [ferry.adopt(full), ferry.adopt(sparse)];
await Crew.start(full, [{ kind: 'advise', advices: [20] }]);
void Crew.start(sparse, [{ kind: 'touch', pages: fresh }]).then((crew) => crew.finished());
for (const region of regions) {
  void (async () => {
    for (let to = 1; ; to = 1 - to) await region.migrate({ to });
  })().catch(() => undefined);
}
await Crew.start(sparse, [{ kind: 'touch', pages: fresh.toReversed() }]);
await new Promise((resolve) => setTimeout(resolve, Number(wait)));
while (ferry.stats().batches === 0) await new Promise((resolve) => setImmediate(resolve));
while (tables && ferry.stats().tables_moved === 0) await new Promise((resolve) => setImmediate(resolve));
process.stdout.write('ending\n');
if (how === 'exit') process.exit(0);
if (how === 'reject') void Promise.reject(new Error('unhandled on purpose'));
else throw new Error('thrown on purpose');
