import type { Command } from 'commander';
import { formatSize } from '../../common/size.js';
import { MIGRATE_REASONS, type MigrateReason } from '../../mm/reason.js';
import { type BreakevenRow, type BreakevenSettings, breakeven } from '../../sim/experiments/breakeven.js';
import { callerBatch } from '../../sim/experiments/caller-batch.js';
import { COPY_MODES, type CopyMode } from '../../sim/experiments/move.js';
import { commandTrace } from '../trace/command-trace.js';
import { EXIT, type SetExitCode, SIM_EXIT_HELP } from '../ui/exit-code.js';
import { helpText } from '../ui/help-text.js';
import { folioSize, listOf, oneOf, size, wholeNumber } from '../ui/option-parsers.js';
import { addOutputOptions, checkOutputs, deliver, type OutputFlags } from '../ui/output-options.js';
import { startProgress } from '../ui/progress.js';
import { refuseRenamed } from '../ui/renamed-flags.js';
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

const DEFAULTS = {
  reason: 'compaction',
  migrator: 'dcbm',
  channels: 1,
  threads: 2,
  folio: [4, 16, 64, 256, 1024, 2048].map((kilobytes) => kilobytes * 1024),
  maxBatch: 2 ** 26,
  copyMode: 'exclusive',
  hogs: 0,
  seed: 1,
} as const;
const EXAMPLES = [
  'pageferry sim breakeven',
  'pageferry sim breakeven --reason demotion --migrator mtcopy --threads 4',
];

export function addSimBreakevenCommand(sim: Command, setExitCode: SetExitCode): void {
  const command = sim
    .command('breakeven')
    .description(
      'find the smallest batch for which offloading the copy pays, in time and in CPU, by folio size',
    )
    .option(
      '--reason <name>',
      `migrate_reason: ${MIGRATE_REASONS.join(', ')} (default: compaction)`,
      oneOf(MIGRATE_REASONS),
    )
    .option(
      '--migrator <name>',
      'migrator that offloads: cpu, mtcopy, dcbm (default: dcbm)',
      oneOf(['cpu', 'mtcopy', 'dcbm'] as const),
    )
    .option('--channels <count>', 'DMA channels of dcbm, 1 to 16 (default: 1)', wholeNumber(1, 16))
    .option('--threads <count>', 'copy threads of mtcopy, 1 to 64 (default: 2)', wholeNumber(1, 64))
    .option('--folio <sizes>', 'folio sizes, 4K to 2M (default: 4K,16K,64K,256K,1M,2M)', listOf(folioSize))
    .option(
      '--max-batch <size>',
      'largest batch to try, in bytes, 4K to 1G (default: 64M)',
      size(4096, 2 ** 30, 4096),
    )
    .option(
      '--copy-mode <name>',
      'copy mode with and without offload: exclusive, write-protected (default: exclusive)',
      oneOf(COPY_MODES),
    )
    .option('--hogs <count>', 'programs that compete for the migrating CPU (default: 0)', wholeNumber(0, 64))
    .option(
      '--seed <number>',
      'seed; the same seed gives the same figures (default: 1)',
      wholeNumber(0, 2 ** 32 - 1),
    );
  refuseRenamed(command, {
    '--most': '--max-batch',
    '--concurrency': '--copy-mode exclusive or --copy-mode write-protected',
  });
  addProfileOptions(command);
  addOutputOptions(command)
    .addHelpText('after', helpText('', EXAMPLES, SIM_EXIT_HELP))
    .action((given: Partial<BreakevenFlags> & ProfileFlags) => {
      const flags: BreakevenFlags = { ...DEFAULTS, ...given };
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
