import type { Command } from 'commander';
import type { CopyMode, MoveFigures, MoveSettings, SimMigrator } from '../../sim/experiments/move.js';
import { COPY_MODES, SIM_MIGRATORS } from '../../sim/experiments/move.js';
import { SIM_TABLE_MODES, type SimTableMode } from '../../sim/machine/table-moves.js';
import { commandTrace } from '../trace/command-trace.js';
import { EXIT, type SetExitCode } from '../ui/exit-code.js';
import { listOf, oneOf, wholeNumber } from '../ui/option-parsers.js';
import { addOutputOptions, deliver, type OutputFlags } from '../ui/output-options.js';
import type { SimRow } from './cells.js';
import { addProfileOptions, type ProfileFlags, profileOf } from './profile-option.js';
import { formatSimReport, markdownReport, type SimReport, simSheet } from './report.js';

/** Options that `sim move` and `sim batch` share. */
export interface SimFlags extends OutputFlags, ProfileFlags {
  readonly migrator?: readonly SimMigrator[];
  readonly channels?: readonly number[];
  readonly threads?: readonly number[];
  readonly batchPages?: number;
  readonly depth: number;
  readonly copyMode: readonly CopyMode[];
  readonly cutoverPages: number;
  readonly pageTables?: SimTableMode;
  readonly words: number;
  readonly hogs: number;
  readonly seed: number;
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
    .option(
      '--copy-mode <names>',
      'exclusive: readers wait for the copy; write-protected: they go on, and wait only while they are cut over',
      listOf(oneOf(COPY_MODES)),
      ['exclusive'],
    )
    .option(
      '--cutover-pages <count>',
      'write-protected: base pages that are cut over at once, at least one folio',
      wholeNumber(1, 262_144),
      512,
    )
    .option(
      '--page-tables <mode>',
      'auto: move whole page tables, if the profile has what that costs; never: every page by itself (default: auto)',
      oneOf(SIM_TABLE_MODES),
    )
    .option('--hogs <count>', 'programs that compete for the migrating processor', wholeNumber(0, 64), 0)
    .option(
      '--words <count>',
      '32-bit words that stand for a page, 1 to 1024 (all of it)',
      wholeNumber(1, 1024),
      4,
    )
    .option('--seed <number>', 'same seed, same nanoseconds', wholeNumber(0, 2 ** 32 - 1), 1)
    .option('--markdown', 'print published, simulated and error as a table in Markdown');
  return addOutputOptions(command);
}

export function settingsOf(flags: SimFlags): MoveSettings {
  const { seed, words, depth, cutoverPages, hogs, batchPages, pageTables } = flags;
  return {
    profile: profileOf(flags),
    seed,
    words,
    depth,
    cutoverPages,
    hogs,
    record: commandTrace.simulation,
    ...(batchPages === undefined ? {} : { batchPages }),
    ...(pageTables === undefined ? {} : { pageTables }),
  };
}

/** Prints or writes what was simulated, and says whether every page was there. */
export function tell(
  report: SimReport & { readonly schema: string; readonly by: 'folio' | 'folios' },
  flags: SimFlags,
  setExitCode: SetExitCode,
): void {
  const { schema, profile, rows } = report;
  const { seed, words, depth, cutoverPages, hogs, batchPages = null, pageTables } = flags;
  const options = {
    words,
    depth,
    batchPages,
    cutoverPages,
    hogs,
    ...(pageTables === undefined ? {} : { pageTables }),
  };
  const figures = { schema, profile, seed, options, rows };
  const text = (): string => (flags.markdown === true ? markdownReport(report) : formatSimReport(report));
  deliver(flags, { figures, text, sheet: () => simSheet(report) });
  setExitCode(rows.every(isWhole) ? EXIT.ok : EXIT.failed);
}

function isWhole({ wrongPages }: Pick<MoveFigures | SimRow, 'wrongPages'>): boolean {
  return wrongPages === 0;
}
