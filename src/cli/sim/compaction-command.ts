import type { Command } from 'commander';
import { COMPACT_CLUSTER_MAX } from '../../sim/compaction/zone-compactor.js';
import {
  type CompactionCell,
  type CompactionFigures,
  type CompactionRun,
  type CompactionSettings,
  runCompaction,
} from '../../sim/experiments/compaction.js';
import { SIM_MIGRATORS } from '../../sim/experiments/move.js';
import { RFC_COMPACTION } from '../../sim/experiments/rfc-figures.js';
import { commandTrace } from '../trace/command-trace.js';
import { channelCount, offloadingMigrator, simSeed, threadCount } from '../ui/common-options.js';
import { EXIT, helpText, type SetExitCode, SIM_EXIT_HELP } from '../ui/exit-code.js';
import { wholeNumber } from '../ui/option-parsers.js';
import { addOutputOptions, checkOutputs, deliver, type OutputFlags } from '../ui/output-options.js';
import { startProgress } from '../ui/progress.js';
import { formatPlainSheet } from '../ui/sheet-text.js';
import { simCompactionSheet } from './compaction-report.js';
import { addProfileOptions, type ProfileFlags, profileOf, RFC_PROFILE } from './profile-option.js';

/** Updates of the bar in each run. */
const UPDATES = 50;

interface CompactionFlags
  extends OutputFlags,
    ProfileFlags,
    Required<CompactionCell>,
    Omit<CompactionSettings, 'profile' | 'record'> {}

const DEFAULTS = {
  hugePages: 2048,
  cluster: COMPACT_CLUSTER_MAX,
  migrator: 'dcbm',
  channels: 1,
  threads: 2,
  hogs: 1,
  seed: 1,
} as const;
const EXAMPLES = [
  'pageferry sim compaction',
  'pageferry sim compaction --huge-pages 16384 --migrator mtcopy',
];

export function addSimCompactionCommand(sim: Command, setExitCode: SetExitCode): void {
  const command = sim
    .command('compaction')
    .description(
      'simulate compaction: fragment a zone, then allocate huge pages from it, idle and busy, without and with offload',
    )
    .option(
      '--huge-pages <count>',
      'huge pages to allocate; the RFC had 16384 (default: 2048)',
      wholeNumber(1, 2 ** 20),
    )
    .option(
      '--cluster <pages>',
      `base pages of a batch (default: ${COMPACT_CLUSTER_MAX})`,
      wholeNumber(1, 2 ** 20),
    )
    .addOption(offloadingMigrator(SIM_MIGRATORS))
    .addOption(channelCount())
    .addOption(threadCount('2'))
    .option(
      '--hogs <count>',
      'programs that compete for the CPU in the busy rows (default: 1)',
      wholeNumber(1, 64),
    )
    .addOption(simSeed());
  addProfileOptions(command);
  addOutputOptions(command)
    .addHelpText('after', helpText('', EXAMPLES, SIM_EXIT_HELP))
    .action((given: Partial<CompactionFlags> & ProfileFlags) => {
      const flags: CompactionFlags = { ...DEFAULTS, ...given };
      checkOutputs(flags);
      const { hugePages, cluster, seed } = flags;
      const profile = profileOf(flags);
      const cells = cellsOf(flags);
      // A run takes seconds. The bar advances within it, and its trace has it as one step.
      const progress = startProgress('sim compaction', cells.length, { traced: false });
      const record = commandTrace.simulation;
      const rows: CompactionFigures[] = [];
      try {
        for (const cell of cells) {
          const text = `run ${rows.length + 1} of ${cells.length}`;
          let shown = 0;
          const onStep = ({ had }: CompactionRun): void => {
            if (had.length < shown + hugePages / UPDATES) return;
            shown = had.length;
            progress.update(rows.length + shown / hugePages, text);
          };
          rows.push(runCompaction(cell, { profile, seed, hugePages, cluster, record }, onStep));
          progress.update(rows.length, text);
          commandTrace.step(text);
        }
      } finally {
        progress.stop();
      }
      const published = profile.name === RFC_PROFILE && flags.migrator === 'dcbm' ? RFC_COMPACTION : [];
      const figures = {
        schema: 'pageferry.sim.compaction/1',
        profile: profile.name,
        seed,
        options: { hugePages, cluster, hogs: flags.hogs },
        rows,
        published,
      };
      const sheet = () => simCompactionSheet(rows, published, figures);
      deliver(flags, { figures, text: () => formatPlainSheet(sheet()), sheet });
      setExitCode(rows.every(({ wrongPages }) => wrongPages === 0) ? EXIT.ok : EXIT.failed);
    });
}

/** Idle and busy, without and with offload: the order of the RFC's table. */
function cellsOf({ migrator, channels, threads, hogs }: CompactionFlags): CompactionCell[] {
  const offload: CompactionCell = {
    migrator,
    hogs: 0,
    ...(migrator === 'dcbm' ? { channels } : {}),
    ...(migrator === 'mtcopy' ? { threads } : {}),
  };
  return [0, hogs].flatMap((count): CompactionCell[] => [
    { migrator: 'baseline', hogs: count },
    { ...offload, hogs: count },
  ]);
}
