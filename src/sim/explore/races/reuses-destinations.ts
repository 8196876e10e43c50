import type { Migrator, StartedCopy } from '../../../offload/migrator.js';

/** Gives a destination up without a thought for the device that may still write there. */
export function reusesDestinations(migrator: Migrator): Migrator {
  return {
    name: migrator.name,
    offloadCopy: (list, port) => migrator.offloadCopy(list, port),
    startCopy(list, port): StartedCopy | number {
      const started = migrator.startCopy!(list, port);
      if (typeof started === 'number') return started;
      return {
        finish() {
          const result = started.finish();
          list.held.fill(0);
          return result;
        },
      };
    },
    ...(migrator.owner === undefined ? {} : { owner: migrator.owner }),
  };
}
