/** The process that leaks.ts starts: does the work, prints the figures, and what grows. */
import { Command } from 'commander';
import { wholeNumber } from '../../src/cli/ui/option-parsers.js';
import {
  type Growth,
  keptOfThreads,
  type LeakOptions,
  leaksOfFerries,
  leaksOfMigrations,
  MAX_BYTES,
  MIGRATION_BYTES,
} from './leak-cycle.js';
import { EXACT, INEXACT, type LeakFigures } from './leak-figures.js';
import { leakOfFerry, leakOfMigration } from './leak-on-purpose.js';

/** A figure that others move as well is judged this often before it counts as grown: a leak grows each time. */
const TRIES = 3;
/** Threads, from one look to the next, of which Node and koffi may keep something. */
const KEPT_THREADS = 8;

interface Options {
  readonly parts: number;
  readonly migrations: number;
  readonly warmUp: number;
  readonly bytes: number;
  readonly ferries: number;
  readonly exact?: true;
  readonly leak?: true;
}

const options = new Command('leaks')
  .option('--parts <count>', 'looks after the first one', wholeNumber(2, 1000), 5)
  .option('--migrations <count>', 'how many, from one look to the next', wholeNumber(1, 1_000_000), 800)
  .option('--bytes <count>', 'of each migration', wholeNumber(4096, MAX_BYTES), MIGRATION_BYTES)
  .option('--warm-up <count>', 'migrations before the first look', wholeNumber(1, 1_000_000), 400)
  .option('--ferries <count>', 'to open and close, from one look to the next', wholeNumber(1, 10_000), 4)
  .option('--exact', 'judge only what pageferry itself holds: ranges, their pages, threads, descriptors')
  .option('--leak', 'leak on purpose')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse()
  .opts<Options>();

const { parts, migrations, warmUp, bytes, ferries, exact, leak } = options;
const judged = exact === true ? EXACT : [...EXACT, ...INEXACT];

// First: later threads find room that the migrations have left in malloc's heap.
const kept =
  exact === true ? { anonymousBytes: 0, mallocBytes: 0 } : await keptOfThreads(parts, KEPT_THREADS);
if (exact !== true) {
  console.log(
    `kept of each thread: ${kib(kept.anonymousBytes)} anonymous, ${kib(kept.mallocBytes)} of malloc`,
  );
}
await conclude(
  'migrations',
  { perPart: migrations, warmUp, leak: leak && leakOfMigration },
  leaksOfMigrations,
);
await conclude('ferries', { perPart: ferries, warmUp: 1, leak: leak && leakOfFerry }, (each) =>
  leaksOfFerries(each, kept),
);

async function conclude(
  what: string,
  { perPart, warmUp, leak }: Pick<LeakOptions, 'perPart' | 'warmUp' | 'leak'>,
  measure: (options: LeakOptions) => Promise<Growth[]>,
): Promise<void> {
  const onFigures = (done: number, figures: LeakFigures): void => {
    console.log(`${String(done).padStart(6)} ${what}: ${format(figures)}`);
  };
  let grown: Growth[] = [];
  for (let attempt = 0; attempt < TRIES; attempt++) {
    grown = await measure({ parts, perPart, warmUp, bytes, judged, onFigures, leak });
    if (!grown.some(({ name }) => INEXACT.includes(name)) || grown.some(({ name }) => EXACT.includes(name)))
      break;
  }
  console.log(`${grown.length === 0 ? 'flat' : 'GROWN'}: ${what}, ${judged.join(', ')}`);
  for (const { name, looks, limit } of grown) {
    console.log(`  ${name}: ${looks.join(', ')}: more than ${limit} each time`);
  }
  if (grown.length > 0) process.exitCode = 1;
}

function format(figures: LeakFigures): string {
  const { ranges, rangeBytes, pages, threads, descriptors, heapBytes, anonymousBytes, mallocBytes } = figures;
  return (
    `${ranges} ranges of ${kib(rangeBytes)} with ${pages} pages, ${threads} threads, ${descriptors} descriptors, ` +
    `heap ${kib(heapBytes)}, anonymous ${kib(anonymousBytes)}, malloc ${kib(mallocBytes)}`
  );
}

function kib(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`;
}
