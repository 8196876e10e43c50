import type { MigrateOptions } from '../ferry/migrate-options.js';
import { openFerry } from '../ferry/open-ferry.js';
import { MigrationError } from '../mm/migration-error.js';
import { PAGE_SIZE } from '../mm/page.js';

const PAGES = 4;

/**
 * Why readers cannot go on while this host copies, or undefined where they can: a few pages are migrated so.
 * @throws MigrationError when it cannot migrate at all.
 */
export async function readThroughProblem(): Promise<string | undefined> {
  const ferry = await openFerry();
  try {
    const region = ferry.allocate(PAGES * PAGE_SIZE);
    new Uint8Array(region.buffer as SharedArrayBuffer).fill(1);
    await region.migrate({ to: ferry.nodeIds[1]!, concurrency: 'read-through' } as MigrateOptions);
    return undefined;
  } catch (error) {
    if (error instanceof MigrationError) return error.problem;
    throw error;
  } finally {
    await ferry.close();
  }
}
