import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import {
  MOVE_LAYOUTS,
  MOVE_MIGRATORS,
  type MoveLayout,
  type MoveMigrator,
  type MoveOptions,
} from '../bench/move/options.js';
import type { MoveReport } from '../bench/move/report.js';
import { runMove, runsInAll } from '../bench/move/run-move.js';
import { PMD_SIZE } from '../mm/page.js';
import { EXIT, EXIT_HELP, type SetExitCode } from './exit-code.js';
import { formatMoveReport } from './move-report.js';
import { folioSize, listOf, oneOf, size, wholeNumber } from './option-parsers.js';
import { startProgress } from './progress.js';
import { UsageError } from './usage-error.js';

const LEAST_BYTES = 4 * 2 ** 20;
const MOST_BYTES = 2 ** 40;

interface Flags {
  readonly folio: readonly number[];
  readonly migrator?: readonly MoveMigrator[];
  readonly bytes: number;
  readonly runs: number;
  readonly layout: MoveLayout;
  readonly seed: number;
  readonly json?: string;
}

const HELP = `
Migrators:
  serial    one folio at a time, as kernels before 2023 did
  baseline  batches of up to 2M, no migrator: each folio is copied by itself
  cpu       batches, copied by the cpu migrator

Layouts:
  contiguous  the whole buffer, in address order
  scattered   a random tenth of the folios of a buffer ten times as large

Each size is warmed up by one migration there and back, as pages that come fresh
from the kernel are slow. The runs of the migrators take turns, and after each
one every byte that moved is checked. 'copy' is a plain copy in chunks of that
size, by the same routine and one thread, which takes its turn once a round; 'of
copy' compares with it round by round.`;

export function addBenchMoveCommand(bench: Command, setExitCode: SetExitCode): void {
  const all = ['4K', '16K', '64K', '256K', '1M', '2M'].map(folioSize);
  bench
    .command('move')
    .description("throughput by folio size and migrator at constant total size: the RFC's first table")
    .option('--folio <sizes>', 'folio sizes, 4K to 2M (default: 4K,16K,64K,256K,1M,2M)', listOf(folioSize))
    .option('--migrator <names>', 'serial, baseline, cpu (default: all)', listOf(oneOf(MOVE_MIGRATORS)))
    .option('--bytes <size>', 'moved in each run (default: 1G)', size(LEAST_BYTES, MOST_BYTES, PMD_SIZE))
    .option('--runs <count>', 'measured runs of each row (default: 5)', wholeNumber(1, 1000))
    .option('--layout <name>', 'contiguous or scattered (default: contiguous)', oneOf(MOVE_LAYOUTS))
    .option(
      '--seed <number>',
      'of the pattern and of what is picked (default: 1)',
      wholeNumber(0, 2 ** 32 - 1),
    )
    .option('--json <file>', 'also write the figures to this file')
    .addHelpText('after', `${HELP}\n${EXIT_HELP}`)
    .action(async (given: Partial<Flags>) => {
      const flags = { folio: all, bytes: 2 ** 30, runs: 5, layout: 'contiguous', seed: 1, ...given } as const;
      const report = await benchMove(fill(flags), flags.json);
      const ok = report.rows.every(({ verified }) => verified);
      setExitCode(ok ? EXIT.ok : EXIT.failed);
    });
}

function fill({ migrator, layout, folio, bytes, runs, seed }: Flags): MoveOptions {
  const folios = [...folio].sort((a, b) => a - b);
  return { folios, migrators: migrator ?? MOVE_MIGRATORS, bytes, runs, layout, seed };
}

async function benchMove(options: MoveOptions, file: string | undefined): Promise<MoveReport> {
  // Better now than after three minutes.
  if (file !== undefined) checkWritable(file);
  const total = runsInAll(options);
  const progress = startProgress('bench move', total);
  const notes: string[] = [];
  let done = 0;
  let report: MoveReport;
  try {
    report = await runMove(options, {
      onRun: () => progress.update(++done, `run ${done} of ${total}`),
      onNote: (note) => notes.push(note),
    });
  } finally {
    progress.stop();
  }
  console.log(formatMoveReport(report, notes));
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  return report;
}

function checkWritable(file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (cause) {
    throw new UsageError(`--json: '${dirname(file)}' is no directory that can be written to`, { cause });
  }
}
