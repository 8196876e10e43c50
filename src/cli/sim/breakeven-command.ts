import type { Command } from 'commander';
import { formatSize } from '../../common/size.js';
import { COPY_MODES } from '../../mm/copy-mode.js';
import { MIGRATE_REASONS } from '../../mm/reason.js';
import { type BreakevenRow, type BreakevenSettings, breakeven } from '../../sim/experiments/breakeven.js';
import { callerBatch } from '../../sim/experiments/caller-batch.js';
import { commandTrace } from '../trace/command-trace.js';
import {
  channelCount,
  folioSizes,
  hogs,
  offloadingMigrator,
  RFC_FOLIOS,
  simSeed,
  threadCount,
} from '../ui/common-options.js';
import { EXIT, helpText, type SetExitCode, SIM_EXIT_HELP } from '../ui/exit-code.js';
import { oneOf, size } from '../ui/option-parsers.js';
import { addOutputOptions, checkOutputs, deliver, type OutputFlags } from '../ui/output-options.js';
import { startProgress } from '../ui/progress.js';
import { formatPlainSheet } from '../ui/sheet-text.js';
import { breakevenSheet } from './breakeven-report.js';
import { addProfileOptions, type ProfileFlags, profileOf } from './profile-option.js';

interface BreakevenFlags
  extends OutputFlags,
    ProfileFlags,
    Required<Omit<BreakevenSettings, 'profile' | 'maxBytes' | 'record'>> {
  readonly folio: readonly number[];
  readonly maxBatch: number;
}

const DEFAULTS = {
  reason: 'compaction',
  migrator: 'dcbm',
  channels: 1,
  threads: 2,
  folio: RFC_FOLIOS,
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
    .addOption(offloadingMigrator(['cpu', 'mtcopy', 'dcbm']))
    .addOption(channelCount())
    .addOption(threadCount('2'))
    .addOption(folioSizes('4K,16K,64K,256K,1M,2M'))
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
    .addOption(hogs())
    .addOption(simSeed());
  addProfileOptions(command);
  addOutputOptions(command)
    .addHelpText('after', helpText('', EXAMPLES, SIM_EXIT_HELP))
    .action((given: Partial<BreakevenFlags> & ProfileFlags) => {
      const flags: BreakevenFlags = { ...DEFAULTS, ...given };
      checkOutputs(flags);
      const { seed, reason, migrator, channels, threads, copyMode } = flags;
      const options = {
        reason,
        migrator,
        channels,
        threads,
        copyMode,
        hogs: flags.hogs,
        maxBytes: flags.maxBatch,
      };
      const profile = profileOf(flags);
      const settings = { profile, seed, ...options, record: commandTrace.simulation };
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
        options,
        rows,
        caller: caller ?? null,
      };
      const sheet = breakevenSheet({ ...figures, caller });
      deliver(flags, { figures, text: () => formatPlainSheet(sheet), sheet: () => sheet });
      setExitCode(EXIT.ok);
    });
}
