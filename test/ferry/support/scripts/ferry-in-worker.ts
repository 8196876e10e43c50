import { parentPort, workerData } from 'node:worker_threads';
import { type MigratorOption, openFerry } from '../../../../src/index.js';

/** A worker that owns a ferry, and migrates the memory that it is given until it is ended. */
const { memory, migrator, tables } = workerData as {
  memory: SharedArrayBuffer;
  migrator: MigratorOption | null;
  tables?: boolean;
};
const ferry = await openFerry({ batchBytes: (tables === true ? 4096 : 1024) * 4096 });
if (migrator !== null) await ferry.registerMigrator(migrator);
const region = ferry.adopt(memory);
const PAGE_TABLES = 'module/pageferry/parameters/page_tables';
if (tables === true) await ferry.parameters.set(PAGE_TABLES, 'always');
for (let to = 1; ; to = 1 - to) {
  await region.migrate({ to });
  parentPort!.postMessage(ferry.stats().tables_moved);
}
