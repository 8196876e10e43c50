import type { Command } from 'commander';
import { PMD_SIZE } from '../../common/page.js';
import { formatSize } from '../../common/size.js';
import { EXIT_HELP, type SetExitCode } from '../ui/exit-code.js';
import { folioSize, listOf, size, wholeNumber } from '../ui/option-parsers.js';
import { checkOutputs } from '../ui/output-options.js';
import { UsageError } from '../ui/usage-error.js';
import { rowsOf, runCells } from './cells.js';
import { addSimOptions, type SimFlags, settingsOf, tell } from './flags.js';

interface SimMoveFlags extends SimFlags {
  readonly folio?: readonly number[];
  readonly bytes?: number;
  readonly count?: number;
}

const ALL_FOLIOS = [4, 16, 64, 256, 1024, 2048].map((kilobytes) => kilobytes * 1024);
const RFC_CHANNELS = [1, 2, 4, 8, 12, 16];

export function addSimMoveCommand(sim: Command, setExitCode: SetExitCode): void {
  const command = sim
    .command('move')
    .description(
      "throughput by folio size, migrator and channels at constant total size: the RFC's first two tables",
    )
    .option('--folio <sizes>', 'folio sizes, 4K to 2M (default: 4K,16K,64K,256K,1M,2M)', listOf(folioSize))
    .option('--bytes <size>', 'moved in each run (default: 1G)', size(4096, 2 ** 40, 4096))
    .option('--count <folios>', 'folios of a run, instead of --bytes', wholeNumber(1, 2 ** 28));
  addSimOptions(command)
    .addHelpText('after', EXIT_HELP)
    .action((flags: SimMoveFlags) => {
      if (flags.bytes !== undefined && flags.count !== undefined) {
        throw new UsageError('--bytes and --count do not go together');
      }
      checkOutputs(flags);
      const settings = settingsOf(flags);
      const rows = rowsOf({
        migrators: flags.migrator ?? ['baseline', 'dcbm'],
        channels: flags.channels ?? RFC_CHANNELS,
        threads: flags.threads ?? [1, 2, 4, 8, 16],
        copyModes: flags.copyMode,
      });
      const cells = (flags.folio ?? ALL_FOLIOS).flatMap((folio) =>
        rows.map((row) => ({ ...row, folio, folios: foliosOf(flags, folio) })),
      );
      tell(
        {
          schema: 'pageferry.sim.move/2',
          title: 'Folios of one size from node to node',
          by: 'folio',
          profile: settings.profile.name,
          rows: runCells('sim move', cells, settings, 'byFolio'),
        },
        flags,
        setExitCode,
      );
    });
}

function foliosOf({ bytes = 2 ** 30, count }: SimMoveFlags, folio: number): number {
  if (count !== undefined) return count;
  if (bytes % folio !== 0) {
    throw new UsageError(
      `--bytes ${formatSize(bytes)} is no multiple of --folio ${formatSize(folio)} (${formatSize(PMD_SIZE)} fits all)`,
    );
  }
  return bytes / folio;
}
