import type { Command } from 'commander';
import { PAGE_SIZE } from '../../common/page.js';
import { COPY_MODES, type CopyMode } from '../../mm/copy-mode.js';
import type { Sheet } from '../../report/sheet.js';
import { DMA_MAPPINGS, type DmaMapping } from '../../sim/dma/mapping.js';
import { THREAD_PLACEMENTS, type ThreadPlacement } from '../../sim/dma/placement.js';
import type { MoveFigures, MoveSettings, SimMigrator } from '../../sim/experiments/move.js';
import { SIM_MIGRATORS } from '../../sim/experiments/move.js';
import { SIM_TABLE_MODES, type SimTableMode } from '../../sim/machine/table-moves.js';
import { commandTrace } from '../trace/command-trace.js';
import { channelCounts, depth, hogs, simSeed, threadCounts } from '../ui/common-options.js';
import { EXIT, type SetExitCode } from '../ui/exit-code.js';
import { listOf, oneOf, size, wholeNumber } from '../ui/option-parsers.js';
import { addOutputOptions, deliver, type OutputFlags } from '../ui/output-options.js';
import { formatPlainSheet } from '../ui/sheet-text.js';
import { type Mover, rowsOf, type SimRow } from './cells.js';
import { addProfileOptions, type ProfileFlags, profileOf } from './profile-option.js';
import { markdownReport, type SimReport, simSheet } from './report.js';

/** 2^31 base pages. */
const MAX_BATCH_BYTES = 2 ** 43;

/** Options that `sim move` and `sim batch` share. */
export interface SimFlags extends OutputFlags, ProfileFlags {
  readonly migrator?: readonly SimMigrator[];
  readonly channels?: readonly number[];
  readonly threads?: readonly number[];
  readonly batchBytes?: number;
  readonly depth?: number;
  readonly copyMode?: readonly CopyMode[];
  readonly cutoverPages?: number;
  readonly pageTables?: SimTableMode;
  readonly words?: number;
  readonly hogs?: number;
  readonly busyCpus?: number;
  readonly placement?: ThreadPlacement;
  readonly mapping?: DmaMapping;
  readonly seed?: number;
  readonly markdown?: boolean;
}

/** A command's default numbers of channels and threads. */
export interface RowDefaults {
  readonly channels: readonly number[];
  readonly threads: readonly number[];
}

/** The rows that the flags choose. */
export function chosenRows(flags: SimFlags, defaults: RowDefaults): Mover[] {
  const { placement, mapping } = flags;
  return rowsOf({
    placement,
    mapping,
    migrators: flags.migrator ?? ['baseline', 'dcbm'],
    channels: flags.channels ?? defaults.channels,
    threads: flags.threads ?? defaults.threads,
    copyModes: flags.copyMode ?? ['exclusive'],
  });
}

/** How a migration is divided into batches and copied. */
export function addBatchOptions(command: Command): Command {
  return command
    .option(
      '--batch-bytes <size>',
      'largest batch, in bytes (default: 2M; with a migrator 1G, as the RFC measured)',
      size(PAGE_SIZE, MAX_BATCH_BYTES, PAGE_SIZE),
    )
    .addOption(depth('1'))
    .option(
      '--copy-mode <names>',
      'exclusive: readers wait for the copy; write-protected: readers wait only for the cutover (default: exclusive)',
      listOf(oneOf(COPY_MODES)),
    )
    .option(
      '--cutover-pages <count>',
      'base pages of a cutover with --copy-mode write-protected, at least one folio (default: 512)',
      wholeNumber(1, 262_144),
    );
}

/** Options of what else the machine does, how it maps memory, and where its threads run. */
export function addMachineOptions(command: Command): Command {
  return command
    .option(
      '--page-tables <mode>',
      'auto: move whole page tables if the profile has their costs; never: move every page by itself (default: auto)',
      oneOf(SIM_TABLE_MODES),
    )
    .addOption(hogs())
    .option(
      '--busy-cpus <count>',
      'other CPUs with a program on them, where helpers of mtcopy start late (default: 0)',
      wholeNumber(0, 4096),
    )
    .option(
      '--placement <name>',
      'threads of mtcopy: spread over the domains (CCDs), or packed in few (default: spread)',
      oneOf(THREAD_PLACEMENTS),
    )
    .option(
      '--mapping <name>',
      'map for DMA by scatter-gather tables, or per-folio (default: scatter-gather)',
      oneOf(DMA_MAPPINGS),
    );
}

export function addSimOptions(command: Command, defaults: RowDefaults): Command {
  addProfileOptions(command)
    .option(
      '--migrator <names>',
      'serial, baseline, cpu, mtcopy, dcbm (default: baseline,dcbm)',
      listOf(oneOf(SIM_MIGRATORS)),
    )
    .addOption(channelCounts(defaults.channels.join(',')))
    .addOption(threadCounts(defaults.threads.join(',')));
  addMachineOptions(addBatchOptions(command))
    .option(
      '--words <count>',
      'simulated 32-bit words per page, 1 to 1024, which is all of it (default: 4)',
      wholeNumber(1, 1024),
    )
    .addOption(simSeed())
    .option(
      '--markdown',
      'print published and simulated figures and the error as a Markdown table, however wide',
    );
  return addOutputOptions(command);
}

function filled(flags: SimFlags) {
  const { seed = 1, words = 4, depth = 1, cutoverPages = 512, hogs = 0, busyCpus = 0, batchBytes } = flags;
  const batchPages = batchBytes === undefined ? undefined : batchBytes / PAGE_SIZE;
  return { seed, words, depth, cutoverPages, hogs, busyCpus, batchPages };
}

export function settingsOf(flags: SimFlags): MoveSettings {
  const { seed, words, depth, cutoverPages, hogs, busyCpus, batchPages } = filled(flags);
  const { pageTables } = flags;
  return {
    profile: profileOf(flags),
    seed,
    words,
    depth,
    cutoverPages,
    hogs,
    busyCpus,
    record: commandTrace.simulation,
    ...(batchPages === undefined ? {} : { batchPages }),
    ...(pageTables === undefined ? {} : { pageTables }),
  };
}

/** Delivers the report. The exit code is 0 if every page was there. */
export function report(
  found: SimReport & { readonly schema: string; readonly by: 'folio' | 'folios' },
  flags: SimFlags,
  setExitCode: SetExitCode,
): void {
  const { schema, profile, rows } = found;
  const { seed, words, depth, cutoverPages, hogs, busyCpus, batchPages = null } = filled(flags);
  const { pageTables } = flags;
  const options = {
    words,
    depth,
    batchPages,
    cutoverPages,
    hogs,
    busyCpus,
    ...(pageTables === undefined ? {} : { pageTables }),
  };
  const figures = { schema, profile, seed, options, rows };
  const sheet = (): Sheet => simSheet(found);
  const text = (): string => (flags.markdown === true ? markdownReport(found) : formatPlainSheet(sheet()));
  deliver(flags, { figures, text, sheet });
  setExitCode(rows.every(isWhole) ? EXIT.ok : EXIT.failed);
}

function isWhole({ wrongPages }: Pick<MoveFigures | SimRow, 'wrongPages'>): boolean {
  return wrongPages === 0;
}
