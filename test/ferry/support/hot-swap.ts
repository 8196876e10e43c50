import type { Ferry, MigratorOption } from '../../../src/index.js';
import { counterBase, fillCounters } from './content.js';
import { Crew } from './crew.js';

/** What is registered one after the other; undefined: nothing. */
const CYCLE: readonly (MigratorOption | undefined)[] = [
  { name: 'cpu' },
  { name: 'dcbm', channels: 2 },
  { name: 'mtcopy', threads: 2 },
  undefined,
  { name: 'dcbm', channels: 3 },
  { name: 'cpu' },
  undefined,
  { name: 'mtcopy', threads: 2 },
];

export interface SwapResult {
  readonly swaps: number;
  readonly migrations: number;
  readonly bytesMoved: number;
  /** Additions that the program's threads have made. */
  readonly updates: number;
  /** Additions that are not there, and words that hold what cannot be. */
  readonly lost: number;
  /** Folios that were not moved. */
  readonly failed: number;
  /** Folios that each migrator has copied, or the engine itself. */
  readonly copiedBy: Readonly<Record<'migrators' | 'engine', number>>;
}

/** How much of what `made` additions should have left is not there. */
function lostOf(memory: SharedArrayBuffer, made: number): number {
  const words = new Int32Array(memory);
  let found = 0;
  let damaged = 0;
  for (let i = 0; i < words.length; i++) {
    const more = words[i]! - counterBase(i);
    if (more < 0 || (i % 2 === 1 && more !== 0)) damaged++;
    else found += more;
  }
  return damaged + Math.abs(made - found);
}

/**
 * Exchanges the migrator again and again while a region is migrated to and fro and threads write to it. `goOn` is asked
 * before each swap.
 */
export async function swapUnderLoad(
  ferry: Ferry,
  bytes: number,
  folioSize: number,
  goOn: (swaps: number) => boolean,
): Promise<SwapResult> {
  const memory = new SharedArrayBuffer(bytes);
  const region = ferry.adopt(memory, { folioSize });
  fillCounters(memory);
  const crew = await Crew.start(memory, [{ kind: 'write' }, { kind: 'write' }]);
  let swapping = true;
  let migrations = 0;
  let bytesMoved = 0;
  let failed = 0;
  const migrating = (async () => {
    for (let to = 1; swapping || migrations < 2; to = 1 - to) {
      const result = await region.migrate({ to });
      migrations++;
      bytesMoved += result.bytesMoved;
      failed += result.foliosFailed;
    }
  })();
  let swaps = 0;
  try {
    for (; goOn(swaps); swaps++) {
      const { activeMigrator } = ferry;
      const next = CYCLE[swaps % CYCLE.length];
      const leaving = activeMigrator === undefined ? undefined : ferry.unregisterMigrator(activeMigrator);
      // Now and then the next one does not wait for the end of the grace period.
      if (swaps % 3 !== 0) await leaving;
      if (next !== undefined) await ferry.registerMigrator(next);
      await leaving;
      const expected = (next as { name: string } | undefined)?.name;
      if (ferry.activeMigrator !== expected) {
        throw new Error(`${ferry.activeMigrator} is active after swap ${swaps}, not ${expected}`);
      }
      if (swaps % 64 === 0) await crew.allGoOn();
    }
  } finally {
    swapping = false;
    await migrating;
  }
  await crew.allGoOn();
  const made = (await crew.stop()).reduce((sum, additions) => sum + additions, 0);
  const { offload_folios: migrators, folios_moved } = ferry.stats();
  const lost = lostOf(memory, made);
  await region.release();
  const copiedBy = { migrators, engine: folios_moved - migrators };
  return { swaps, migrations, bytesMoved, updates: made, lost, failed, copiedBy };
}
