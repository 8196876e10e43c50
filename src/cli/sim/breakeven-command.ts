import type { Command } from 'commander';
import { formatSize } from '../../common/size.js';
import { MIGRATE_REASONS, type MigrateReason } from '../../mm/reason.js';
import { type BreakevenRow, type BreakevenSettings, breakeven } from '../../sim/experiments/breakeven.js';
import { callerBatch } from '../../sim/experiments/caller-batch.js';
import { COPY_MODES, type CopyMode } from '../../sim/experiments/move.js';
import { commandTrace } from '../trace/command-trace.js';
import { EXIT, EXIT_HELP, type SetExitCode } from '../ui/exit-code.js';
import { folioSize, listOf, oneOf, size, wholeNumber } from '../ui/option-parsers.js';
import { addOutputOptions, checkOutputs, deliver, type OutputFlags } from '../ui/output-options.js';
import { startProgress } from '../ui/progress.js';
import { formatSimSheet } from '../ui/sheet-text.js';
import { breakevenSheet } from './breakeven-report.js';
import { addProfileOptions, type ProfileFlags, profileOf } from './profile-option.js';

interface BreakevenFlags extends OutputFlags, ProfileFlags {
  readonly reason: MigrateReason;
  readonly migrator: BreakevenSettings['migrator'];
  readonly channels: number;
  readonly threads: number;
  readonly folio: readonly number[];
  readonly maxBatch: number;
  readonly copyMode: CopyMode;
  readonly hogs: number;
  readonly seed: number;
}

const ALL_FOLIOS = [4, 16, 64, 256, 1024, 2048].map((kilobytes) => kilobytes * 1024);

export function addSimBreakevenCommand(sim: Command, setExitCode: SetExitCode): void {
  const command = sim
    .command('breakeven')
    .description('the batch from which on it pays to offload the copy, in time and in CPU, by folio size')
    .option(
      '--reason <name>',
      `who migrates: ${MIGRATE_REASONS.join(', ')}`,
      oneOf(MIGRATE_REASONS),
      'compaction',
    )
    .option(
      '--migrator <name>',
      'what offloads: cpu, mtcopy, dcbm',
      oneOf(['cpu', 'mtcopy', 'dcbm'] as const),
      'dcbm',
    )
    .option('--channels <count>', 'DMA channels of dcbm, 1 to 16', wholeNumber(1, 16), 1)
    .option('--threads <count>', 'threads of mtcopy, 1 to 64', wholeNumber(1, 64), 2)
    .option('--folio <sizes>', 'folio sizes (default: 4K,16K,64K,256K,1M,2M)', listOf(folioSize), ALL_FOLIOS)
    .option(
      '--max-batch <size>',
      'largest batch that is tried (default: 64M)',
      size(4096, 2 ** 30, 4096),
      2 ** 26,
    )
    .option('--copy-mode <name>', 'of both: exclusive, write-protected', oneOf(COPY_MODES), 'exclusive')
    .option('--hogs <count>', 'programs that compete for the migrating processor', wholeNumber(0, 64), 0)
    .option('--seed <number>', 'same seed, same nanoseconds', wholeNumber(0, 2 ** 32 - 1), 1);
  addProfileOptions(command);
  addOutputOptions(command)
    .addHelpText('after', EXIT_HELP)
    .action((flags: BreakevenFlags) => {
      checkOutputs(flags);
      const { reason, seed, migrator, channels, threads, copyMode, hogs } = flags;
      const profile = profileOf(flags);
      const settings = {
        profile,
        seed,
        reason,
        migrator,
        channels,
        threads,
        copyMode,
        hogs,
        maxBytes: flags.maxBatch,
        record: commandTrace.simulation,
      };
      const progress = startProgress('sim breakeven', flags.folio.length);
      const rows: BreakevenRow[] = [];
      try {
        for (const folio of flags.folio) {
          rows.push(breakeven(folio, settings));
          progress.update(rows.length, formatSize(folio));
        }
      } finally {
        progress.stop();
      }
      const caller = callerBatch(flags.folio[0]!, settings);
      const figures = {
        schema: 'pageferry.sim.breakeven/2',
        profile: profile.name,
        seed,
        options: { reason, migrator, channels, threads, copyMode, hogs, maxBytes: flags.maxBatch },
        rows,
        caller: caller ?? null,
      };
      const sheet = breakevenSheet({ ...figures, caller });
      deliver(flags, { figures, text: () => formatSimSheet(sheet), sheet: () => sheet });
      setExitCode(EXIT.ok);
    });
}
