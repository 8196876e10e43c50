/**
 * Whether memory, mappings, threads or descriptors grow over 4,000 migrations, and over ferries that are opened and
 * closed: `npm run leaks`. Exit code 1 when they do.
 */
import { Command } from 'commander';
import { wholeNumber } from '../../src/cli/option-parsers.js';
import {
  LEAK_FLAGS,
  type LeakReport,
  leaksOfFerries,
  leaksOfMigrations,
  MIGRATION_BYTES,
  MOST_BYTES,
} from './leak-cycle.js';
import type { ProcessFigures } from './process-figures.js';

const { migrations, warmUp, bytes, ferries } = new Command('leaks')
  .option('--migrations <count>', 'how many', wholeNumber(1, 1_000_000), 4000)
  .option('--bytes <count>', 'of each migration', wholeNumber(4096, MOST_BYTES), MIGRATION_BYTES)
  .option('--warm-up <count>', 'before the first look', wholeNumber(1, 1_000_000), 400)
  .option('--ferries <count>', 'to open and close', wholeNumber(1, 10_000), 20)
  .parse()
  .opts<{ migrations: number; warmUp: number; bytes: number; ferries: number }>();

if (globalThis.gc === undefined) throw new Error(`leaks needs node ${LEAK_FLAGS.join(' ')}`);

function format({ rssBytes, mappings, threads, descriptors }: ProcessFigures): string {
  const mib = (rssBytes / 2 ** 20).toFixed(1);
  return `RSS ${mib} MiB, ${mappings} mappings, ${threads} threads, ${descriptors} descriptors`;
}

function show(what: string): (done: number, figures: ProcessFigures) => void {
  return (done, figures) => console.log(`${String(done).padStart(6)} ${what}: ${format(figures)}`);
}

function conclude({ slack, grown }: LeakReport): void {
  console.log(`${grown.length === 0 ? 'flat' : 'GROWN'}, within a slack of ${format(slack)}`);
  for (const each of grown) console.log(`  ${each}`);
  if (grown.length > 0) process.exitCode = 1;
}

conclude(await leaksOfMigrations(warmUp, migrations, bytes, show('migrations')));
conclude(await leaksOfFerries(1, ferries, bytes, show('ferries')));
