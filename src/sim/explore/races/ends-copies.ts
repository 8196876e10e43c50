import type { CopyList, Migrator, StartedCopy } from '../../../offload/migrator.js';

/** A migrator of which each copy that goes on by itself is ended by `finish` instead of its own. */
export function endingCopies(
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
