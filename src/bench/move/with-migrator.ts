import type { Ferry } from '../../ferry/ferry.js';
import type { MigratorOption } from '../../ferry/migrator-options.js';

/** Does something while a migrator is registered; with undefined, while none is. */
export async function withMigrator<T>(
  ferry: Ferry,
  option: MigratorOption | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (option === undefined) return work();
  const name = await ferry.registerMigrator(option);
  try {
    return await work();
  } finally {
    if (ferry.activeMigrator === name) await ferry.unregisterMigrator(name);
  }
}
