import { parentPort, workerData } from 'node:worker_threads';
import { type MigratorOption, openFerry } from '../../../../src/index.js';

/** A worker that owns a ferry, and migrates the memory that it is given until it is ended. */
const { memory, migrator } = workerData as { memory: SharedArrayBuffer; migrator: MigratorOption | null };
const ferry = await openFerry({ maxBatchedMigration: 1024 });
if (migrator !== null) await ferry.registerMigrator(migrator);
const region = ferry.adopt(memory);
for (let to = 1; ; to = 1 - to) {
  await region.migrate({ to });
  parentPort!.postMessage('there');
}
