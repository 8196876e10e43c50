import type { Command } from 'commander';
import type { MoveFigures, MoveSettings, SimMigrator } from '../sim/experiments/move.js';
import { SIM_MIGRATORS } from '../sim/experiments/move.js';
import { EXIT, type SetExitCode } from './exit-code.js';
import { printReport } from './json-file.js';
import { listOf, oneOf, wholeNumber } from './option-parsers.js';
import { addProfileOptions, type ProfileFlags, profileOf } from './profile-option.js';
import type { SimRow } from './sim-cells.js';
import { formatSimReport, markdownReport, type SimReport } from './sim-report.js';

/** Options that `sim move` and `sim batch` share. */
export interface SimFlags extends ProfileFlags {
  readonly migrator?: readonly SimMigrator[];
  readonly channels?: readonly number[];
  readonly threads?: readonly number[];
  readonly batchPages?: number;
  readonly depth: number;
  readonly words: number;
  readonly hogs: number;
  readonly seed: number;
  readonly json?: string;
  readonly markdown?: boolean;
}

export function addSimOptions(command: Command): Command {
  addProfileOptions(command)
    .option('--migrator <names>', 'serial, baseline, cpu, mtcopy, dcbm', listOf(oneOf(SIM_MIGRATORS)))
    .option('--channels <counts>', 'DMA channels of dcbm, 1 to 16', listOf(wholeNumber(1, 16)))
    .option('--threads <counts>', 'threads of mtcopy, 1 to 64', listOf(wholeNumber(1, 64)))
    .option(
      '--batch-pages <count>',
      'base pages of a batch at most (default: 512; with a migrator 262144, as the RFC measured)',
      wholeNumber(1, 2 ** 31),
    )
    .option('--depth <count>', 'batches unmapped at once, 1 to 4', wholeNumber(1, 4), 1)
    .option('--hogs <count>', 'programs that compete for the migrating processor', wholeNumber(0, 64), 0)
    .option(
      '--words <count>',
      '32-bit words that stand for a page, 1 to 1024 (all of it)',
      wholeNumber(1, 1024),
      4,
    )
    .option('--seed <number>', 'same seed, same nanoseconds', wholeNumber(0, 2 ** 32 - 1), 1)
    .option('--json <file>', 'also write the figures to this file; - prints them instead')
    .option('--markdown', 'print published, simulated and error as a table in Markdown');
  return command;
}

export function settingsOf(flags: SimFlags): MoveSettings {
  const { seed, words, depth, hogs, batchPages } = flags;
  return {
    profile: profileOf(flags),
    seed,
    words,
    depth,
    hogs,
    ...(batchPages === undefined ? {} : { batchPages }),
  };
}

/** Prints or writes what was simulated, and says whether every page was there. */
export function tell(
  report: SimReport & { readonly schema: string },
  flags: SimFlags,
  setExitCode: SetExitCode,
): void {
  const { schema, profile, rows } = report;
  const { seed, words, depth, hogs, batchPages = null } = flags;
  const figures = { schema, profile, seed, options: { words, depth, hogs, batchPages }, rows };
  const text = (): string => (flags.markdown === true ? markdownReport(report) : formatSimReport(report));
  printReport(text, figures, flags.json);
  setExitCode(rows.every(isWhole) ? EXIT.ok : EXIT.failed);
}

function isWhole({ wrongPages }: Pick<MoveFigures | SimRow, 'wrongPages'>): boolean {
  return wrongPages === 0;
}
