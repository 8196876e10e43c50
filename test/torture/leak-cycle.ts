import { type Ferry, type MigratorOption, openFerry, type Region } from '../../src/index.js';
import { assertContent, fill } from '../ferry/support/content.js';
import { type ProcessFigures, processFigures } from './process-figures.js';

const MIB = 2 ** 20;
/** Bytes of each migration, if nothing else is said. */
export const MIGRATION_BYTES: number = MIB;
/** Of the memory that is migrated. */
export const MOST_BYTES: number = 4 * MIB;
const FOLIO_SIZES = [4096, 65536, 2 * MIB];
const MIGRATORS: readonly (MigratorOption | undefined)[] = [
  undefined,
  { name: 'cpu' },
  { name: 'mtcopy', threads: 2 },
  { name: 'dcbm', channels: 2 },
  { name: 'error', inner: { name: 'cpu' }, failFolio: 3 },
];
/** Migrations by one migrator, and from adoption to release. */
const PER_MIGRATOR = 10;
const PER_ADOPTION = 2;
/** Migrations of a ferry that is opened and closed: all migrators once. */
const PER_FERRY = MIGRATORS.length * PER_MIGRATOR;
/** Threads of such a ferry: its own, one that helps mtcopy, two channels. */
const THREADS_PER_FERRY = 4;

/** What may be more after the migrations than before: the heap's own ups and downs. */
const LEAK_SLACK: ProcessFigures = Object.freeze({
  rssBytes: MIB,
  mappings: 20,
  threads: 1,
  descriptors: 1,
});

/** Half of what one page a migration, leaked, would be. */
const SLACK_PER_MIGRATION = 2048;

/**
 * What koffi 3 keeps of each thread that has called C and has ended: the stack and the heap of its calls, with a guard
 * page, most of it never touched. (Seen with nothing but a Worker that calls getpid.)
 */
const KEPT_BY_KOFFI: ProcessFigures = Object.freeze({
  rssBytes: 0.2 * MIB,
  mappings: 3,
  threads: 0,
  descriptors: 0,
});

/**
 * Flags of Node with which garbage is collected when it is made, also in threads that have little to do: else the heaps
 * grow for a while, and what leaks cannot be told from that.
 */
export const LEAK_FLAGS: readonly string[] = ['--expose-gc', '--gc-global', '--max-semi-space-size=1'];

const FIGURES: readonly (keyof ProcessFigures)[] = ['rssBytes', 'mappings', 'threads', 'descriptors'];

export interface LeakReport {
  readonly slack: ProcessFigures;
  /** What has grown beyond its slack. */
  readonly grown: readonly string[];
}

export type OnFigures = (done: number, figures: ProcessFigures) => void;

/**
 * Compares what this process holds before and after so many migrations, with and without migrators, of a region that is
 * adopted and released again and again. Needs `LEAK_FLAGS`.
 * @param warmUp migrations before the first look.
 */
export async function leaksOfMigrations(
  warmUp: number,
  migrations: number,
  bytes: number,
  onFigures: OnFigures,
): Promise<LeakReport> {
  const memory = newMemory();
  const ferry = await openFerry({ poolWatermark: 8 * MIB });
  try {
    const slack = { ...LEAK_SLACK, rssBytes: LEAK_SLACK.rssBytes + migrations * SLACK_PER_MIGRATION };
    return await compare(warmUp, migrations, slack, onFigures, (count) =>
      useFerry(ferry, memory, count, bytes),
    );
  } finally {
    await ferry.close();
    assertContent(memory, 1, 0, MOST_BYTES);
  }
}

/** The same over ferries that are opened, used for some migrations and closed. */
export async function leaksOfFerries(
  warmUp: number,
  ferries: number,
  bytes: number,
  onFigures: OnFigures,
): Promise<LeakReport> {
  const memory = newMemory();
  const slack = Object.fromEntries(
    FIGURES.map((name) => [name, LEAK_SLACK[name] + ferries * THREADS_PER_FERRY * KEPT_BY_KOFFI[name]]),
  ) as unknown as ProcessFigures;
  return compare(warmUp, ferries, slack, onFigures, async (count) => {
    for (let i = 0; i < count; i++) {
      const ferry = await openFerry({ poolWatermark: 8 * MIB });
      await useFerry(ferry, memory, PER_FERRY, bytes);
      await ferry.close();
    }
  });
}

function newMemory(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(40 * MIB);
  fill(memory, 1, 0, MOST_BYTES);
  return memory;
}

async function compare(
  warmUp: number,
  count: number,
  slack: ProcessFigures,
  onFigures: OnFigures,
  work: (count: number) => Promise<void>,
): Promise<LeakReport> {
  await work(warmUp);
  const before = await settledFigures();
  onFigures(0, before);
  let after = before;
  const parts = 5;
  for (let part = 1, done = 0; part <= parts; part++) {
    const until = Math.round((part * count) / parts);
    await work(until - done);
    done = until;
    after = await settledFigures();
    onFigures(done, after);
  }
  const grown = FIGURES.filter((name) => after[name] - before[name] > slack[name]).map(
    (name) => `${name} from ${before[name]} to ${after[name]}, more than ${slack[name]}`,
  );
  return { slack, grown };
}

async function useFerry(
  ferry: Ferry,
  memory: SharedArrayBuffer,
  migrations: number,
  bytes: number,
): Promise<void> {
  await ferry.parameters.set('module/pageferry/parameters/max_failures', 1_000_000);
  let region: Region | undefined;
  for (let i = 0; i < migrations; i++) {
    if (i % PER_MIGRATOR === 0) {
      if (ferry.activeMigrator !== undefined) await ferry.unregisterMigrator(ferry.activeMigrator);
      const next = MIGRATORS[(i / PER_MIGRATOR) % MIGRATORS.length];
      if (next !== undefined) await ferry.registerMigrator(next);
    }
    if (i % PER_ADOPTION === 0) {
      await region?.release();
      const folioSize = FOLIO_SIZES[(i / PER_ADOPTION) % FOLIO_SIZES.length]!;
      region = ferry.adopt(memory, { folioSize });
    }
    const { bytesMoved } = await region!.migrate({ to: 1 - (i % 2), length: bytes });
    if (bytesMoved < bytes) throw new Error(`migration ${i} moved ${bytesMoved} bytes only`);
  }
  await region?.release();
  if (ferry.activeMigrator !== undefined) await ferry.unregisterMigrator(ferry.activeMigrator);
}

/** The figures, when garbage is collected and threads that have ended are gone. */
async function settledFigures(): Promise<ProcessFigures> {
  for (let turn = 0; turn < 5; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return processFigures('self')!;
}
