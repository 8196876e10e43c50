/** Closes ferries at some moment in which the thread of a migrator's module starts. */
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { MigrationError, openFerry } from '../../../../src/index.js';

const module = new URL(
  'data:text/javascript,export const createMigrator = () => ({ name: "m", offloadCopy: () => -1 });',
);
let closed = 0;
for (; closed < 25; closed++) {
  const ferry = await openFerry({ poolBytes: 2 ** 20 });
  const registered = ferry.registerMigrator({ module }).catch((error: unknown) => {
    assert.ok(error instanceof MigrationError && error.code === 'EBADF', String(error));
  });
  await setTimeout(4 * closed);
  await ferry.close();
  await registered;
}
console.log(`closed ${closed} times`);
