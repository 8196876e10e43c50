import type { Migrator } from '../../../../offload/migrator.js';
import { endingCopies } from '../ends-copies.js';

/** Takes a copy that was started for one that is over. */
export function endsCopiesEarly(migrator: Migrator): Migrator {
  return endingCopies(migrator, (_started, list) => {
    list.copied.fill(1, 0, list.length);
    return 0;
  });
}
