import type { MigrateReason } from '../../../mm/reason.js';
import type { CopyList, Migrator, StartedCopy } from '../../../offload/migrator.js';
import { MigratorRegistry, type Registration } from '../../../offload/registry.js';

/** A migrator whose asynchronous copies end by `finish` instead of their own. */
function endingCopies(
  migrator: Migrator,
  finish: (started: StartedCopy, list: CopyList) => number,
): Migrator {
  return {
    name: migrator.name,
    offloadCopy: (list, port) => migrator.offloadCopy(list, port),
    startCopy(list, port): StartedCopy | number {
      const started = migrator.startCopy!(list, port);
      return typeof started === 'number' ? started : { finish: () => finish(started, list) };
    },
    ...(migrator.owner === undefined ? {} : { owner: migrator.owner }),
  };
}

/** Frees a destination that the device may still write to. */
export function reusesDestinations(migrator: Migrator): Migrator {
  return endingCopies(migrator, (started, list) => {
    const result = started.finish();
    list.quarantined.fill(0);
    return result;
  });
}

/** Reports a copy as ended when it was started. */
export function endsCopiesEarly(migrator: Migrator): Migrator {
  return endingCopies(migrator, (_started, list) => {
    list.copied.fill(1, 0, list.length);
    return 0;
  });
}

/** v4: evaluates the policy before the read section, so that the migrator may be released before it copies. */
export class EvaluatesOutside extends MigratorRegistry {
  override enter(reason: MigrateReason): Registration | undefined {
    const registration = super.enter(reason);
    if (registration !== undefined) super.leave(registration);
    return registration;
  }

  override leave(): void {
    // The section has ended already.
  }
}

/** Releases the owner as soon as the migrator is unregistered, even during a copy. */
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
