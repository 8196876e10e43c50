import { MemoryPool } from '../hardware/memory-pool.js';
import { WatchedProfile } from '../profile/watched-profile.js';
import { checkMove, type MoveCell, type MoveFigures, type MoveSettings, simulateMove } from './move.js';

/** Cells whose results are kept, and the last results that are kept of each. To compare more would take longer than it saves. */
const KEPT_CELLS = 1024;
const KEPT_RESULTS = 32;

/** A result, and the profile that it was simulated with. */
interface Simulated {
  readonly watched: WatchedProfile;
  readonly figures: MoveFigures;
}

/**
 * Makes a function that simulates many cells, one after the other. Each result is that of {@link runMove}, to the last
 * digit. It reuses what does not depend on a changed figure:
 * - the memory of the machine, if its size stays the same;
 * - the whole result, if only figures have changed that the run does not read. A migration without DMA does not read the
 *   costs of a descriptor.
 *
 * @example
 * ```ts
 * // For `profile`, see readProfile.
 * import { moveSimulator } from 'pageferry/sim';
 *
 * const simulate = moveSimulator();
 * const cell = { folio: 2 ** 16, folios: 64, migrator: 'dcbm', channels: 4 } as const;
 * for (const submitNs of [100, 200, 400]) {
 *   const changed = { ...profile, dma: { ...profile.dma, submitNs } };
 *   console.log(submitNs, simulate(cell, { profile: changed, seed: 1, words: 4 }).GBps);
 * }
 * ```
 */
export function moveSimulator(): (cell: MoveCell, settings: MoveSettings) => MoveFigures {
  const pool = new MemoryPool();
  /** Results by everything but the profile, the newest first. */
  const known = new Map<string, Simulated[]>();

  function resultsOf(key: string): Simulated[] {
    let results = known.get(key);
    if (results === undefined) {
      results = [];
      known.set(key, results);
      if (known.size > KEPT_CELLS) known.delete(known.keys().next().value!);
    }
    return results;
  }

  return (cell, settings) => {
    checkMove(cell, settings);
    const { profile, record, ...rest } = settings;
    // A recorded run has to run.
    if (record !== undefined) return simulateMove(cell, settings, pool);
    const key = JSON.stringify([cell, rest]);
    const results = resultsOf(key);
    const found = results.find(({ watched }) => watched.agreesWith(profile));
    if (found !== undefined) return { ...found.figures };
    const watched = new WatchedProfile(profile);
    const figures = simulateMove(cell, { ...rest, profile: watched.profile }, pool);
    results.unshift({ watched, figures });
    if (results.length > KEPT_RESULTS) results.pop();
    return { ...figures };
  };
}
