import type { Migrator } from '../../../offload/migrator.js';
import { MigratorRegistry } from '../../../offload/registry.js';

/** Releases the owner as soon as the migrator is unregistered, whatever is under way. */
export class ReleasesAtOnce extends MigratorRegistry {
  #owner: Migrator['owner'];

  override register(migrator: Migrator): void {
    this.#owner = migrator.owner;
    const { name, whenQuiet } = migrator;
    super.register({
      name,
      offloadCopy: (list, port) => migrator.offloadCopy(list, port),
      ...(migrator.startCopy === undefined
        ? {}
        : { startCopy: (list, port) => migrator.startCopy!(list, port) }),
      ...(whenQuiet === undefined ? {} : { whenQuiet: () => whenQuiet.call(migrator) }),
    });
  }

  override async unregister(name: string): Promise<void> {
    const release = this.#owner?.release();
    await super.unregister(name);
    await release;
  }
}
