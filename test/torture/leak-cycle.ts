import { Worker } from 'node:worker_threads';
import { PAGE_SIZE } from '../../src/common/page.js';
import { type Ferry, type MigratorOption, openFerry, type Region } from '../../src/index.js';
import { assertContent, fill } from '../ferry/support/content.js';
import { type LeakFigures, settledFigures } from './leak-figures.js';
import { grows } from './leak-verdict.js';

const MIB = 2 ** 20;
/** Bytes of each migration, if nothing else is said. */
export const MIGRATION_BYTES: number = MIB;
/** Of the memory that is migrated. */
export const MAX_BYTES: number = 4 * MIB;
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
/** Threads of such a ferry: its own, one that helps mtcopy, two channels. */
const THREADS_PER_FERRY = 4;

/** Per migration: half of what one page a migration, leaked, would be. */
const SLACK_PER_MIGRATION = PAGE_SIZE / 2;

/** Per ferry, beside what is kept of any thread that has called C and has ended (`keptOfThreads`). */
const SLACK_PER_FERRY = 64 * 1024;

const NO_GROWTH: LeakFigures = Object.freeze({
  ranges: 0,
  rangeBytes: 0,
  pages: 0,
  threads: 0,
  descriptors: 0,
  heapBytes: 0,
  anonymousBytes: 0,
  mallocBytes: 0,
});

/**
 * Flags of Node with which garbage is collected when it is made, also in threads that have little to do: else the heaps
 * grow for a while, and what leaks cannot be told from that.
 */
export const LEAK_FLAGS: readonly string[] = ['--expose-gc', '--gc-global', '--max-semi-space-size=1'];

/**
 * So that malloc(3) keeps its memory in one place, [heap], and not in arenas of 64 MiB: these grow by megabytes as threads
 * meet in them, and not with the work.
 */
export const LEAK_TUNABLES =
  'glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=131072:glibc.malloc.trim_threshold=131072';

export interface LeakOptions {
  /** Looks at the figures, after the one when all is warm: at least 2. */
  readonly parts: number;
  /** Migrations, or ferries, from one look to the next. */
  readonly perPart: number;
  /** Migrations, or ferries, before the first look. */
  readonly warmUp: number;
  /** Of each migration. */
  readonly bytes: number;
  /** The figures that must not grow. */
  readonly judged: readonly (keyof LeakFigures)[];
  readonly onFigures: (done: number, figures: LeakFigures) => void;
  /** Called with each migration, or ferry: leaks something on purpose. */
  readonly leak?: (() => void) | undefined;
}

/** A figure that has grown in step with the work. */
export interface Growth {
  readonly name: keyof LeakFigures;
  /** After each part of the work. */
  readonly looks: readonly number[];
  /** By which it may grow in a part. */
  readonly limit: number;
}

/**
 * Looks at what this process holds after equal numbers of migrations, with and without migrators, of a region that is
 * adopted and released again and again. Needs `LEAK_FLAGS` and watch-mappings.js.
 */
export async function leaksOfMigrations(options: LeakOptions): Promise<Growth[]> {
  const memory = newMemory();
  const ferry = await openFerry({ poolBytes: 8 * MIB });
  const inexact = options.perPart * SLACK_PER_MIGRATION;
  const limits: LeakFigures = {
    ...NO_GROWTH,
    pages: options.perPart / 2,
    heapBytes: inexact,
    anonymousBytes: inexact,
    mallocBytes: inexact,
  };
  try {
    return await compare(options, limits, (count) =>
      useFerry(ferry, memory, count, PER_MIGRATOR, options.bytes, options.leak),
    );
  } finally {
    await ferry.close();
    assertContent(memory, 1, 0, MAX_BYTES);
  }
}

/** The same over ferries that are opened, used for some migrations and closed. */
export async function leaksOfFerries(options: LeakOptions, kept: KeptOfThread): Promise<Growth[]> {
  const memory = newMemory();
  const inexact = (keptOfThread: number) =>
    options.perPart * (SLACK_PER_FERRY + THREADS_PER_FERRY * keptOfThread);
  const limits: LeakFigures = {
    ...NO_GROWTH,
    heapBytes: inexact(0),
    anonymousBytes: inexact(kept.anonymousBytes),
    mallocBytes: inexact(kept.mallocBytes),
  };
  return compare(options, limits, async (count) => {
    for (let i = 0; i < count; i++) {
      const ferry = await openFerry({ poolBytes: 8 * MIB });
      await useFerry(ferry, memory, MIGRATORS.length * PER_ADOPTION, PER_ADOPTION, options.bytes);
      await ferry.close();
      options.leak?.();
    }
  });
}

export type KeptOfThread = Pick<LeakFigures, 'anonymousBytes' | 'mallocBytes'>;

/**
 * What Node and koffi keep of a thread that has called C and has ended: koffi never gives back the stack and the heap of its
 * calls (3 MiB of addresses, two pages of them touched), nor its types. The largest of the steps between looks, after
 * `perPart` threads each.
 */
export async function keptOfThreads(parts: number, perPart: number): Promise<KeptOfThread> {
  const looks: LeakFigures[] = [];
  for (let part = 0; part <= parts; part++) {
    for (let i = 0; i < perPart; i++) {
      const worker = new Worker(new URL('./calls-c.js', import.meta.url));
      await new Promise((resolve) => worker.once('exit', resolve));
    }
    looks.push(await settledFigures(looks[0]));
  }
  const steps = (name: keyof KeptOfThread) => looks.slice(1).map((look, i) => look[name] - looks[i]![name]);
  const each = (name: keyof KeptOfThread) => Math.max(0, ...steps(name)) / perPart;
  return { anonymousBytes: each('anonymousBytes'), mallocBytes: each('mallocBytes') };
}

function newMemory(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(40 * MIB);
  fill(memory, 1, 0, MAX_BYTES);
  return memory;
}

async function compare(
  { parts, perPart, warmUp, judged, onFigures }: LeakOptions,
  limits: LeakFigures,
  work: (count: number) => Promise<void>,
): Promise<Growth[]> {
  await work(warmUp);
  const looks = [await settledFigures()];
  onFigures(0, looks[0]!);
  for (let part = 1; part <= parts; part++) {
    await work(perPart);
    const figures = await settledFigures(looks[0]);
    looks.push(figures);
    onFigures(part * perPart, figures);
  }
  return judged
    .map((name) => ({ name, looks: looks.map((figures) => figures[name]), limit: limits[name] }))
    .filter((growth) => grows(growth.looks, growth.limit));
}

async function useFerry(
  ferry: Ferry,
  memory: SharedArrayBuffer,
  migrations: number,
  perMigrator: number,
  bytes: number,
  leak?: () => void,
): Promise<void> {
  await ferry.parameters.set('module/pageferry/parameters/max_failures', 1_000_000);
  let region: Region | undefined;
  for (let i = 0; i < migrations; i++) {
    if (i % perMigrator === 0) {
      if (ferry.activeMigrator !== undefined) await ferry.unregisterMigrator(ferry.activeMigrator);
      const next = MIGRATORS[(i / perMigrator) % MIGRATORS.length];
      if (next !== undefined) await ferry.registerMigrator(next);
    }
    if (i % PER_ADOPTION === 0) {
      await region?.release();
      const folioSize = FOLIO_SIZES[(i / PER_ADOPTION) % FOLIO_SIZES.length]!;
      region = ferry.adopt(memory, { folioSize });
    }
    const { bytesMoved } = await region!.migrate({ to: 1 - (i % 2), length: bytes });
    if (bytesMoved < bytes) throw new Error(`migration ${i} moved ${bytesMoved} bytes only`);
    leak?.();
  }
  await region?.release();
  if (ferry.activeMigrator !== undefined) await ferry.unregisterMigrator(ferry.activeMigrator);
}
