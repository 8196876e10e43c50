import type { Command } from 'commander';
import { PMD_SIZE } from '../../common/page.js';
import { formatSize } from '../../common/size.js';
import { folioSizes, RFC_FOLIOS } from '../ui/common-options.js';
import { UsageError } from '../ui/errors.js';
import { helpText, type SetExitCode, SIM_EXIT_HELP } from '../ui/exit-code.js';
import { size, wholeNumber } from '../ui/option-parsers.js';
import { checkOutputs } from '../ui/output-options.js';
import { runCells } from './cells.js';
import { addSimOptions, chosenRows, type RowDefaults, report, type SimFlags, settingsOf } from './flags.js';

interface SimMoveFlags extends SimFlags {
  readonly folio?: readonly number[];
  readonly bytes?: number;
  readonly count?: number;
}

const ROWS: RowDefaults = { channels: [1, 2, 4, 8, 12, 16], threads: [1, 2, 4, 8, 16] };
const EXAMPLES = [
  'pageferry sim move',
  'pageferry sim move --folio 64K --migrator dcbm --copy-mode write-protected',
];

export function addSimMoveCommand(sim: Command, setExitCode: SetExitCode): void {
  const command = sim
    .command('move')
    .description(
      "simulate throughput by folio size, migrator and channels at a constant total size: the RFC's first two tables",
    )
    .addOption(folioSizes('4K,16K,64K,256K,1M,2M'))
    .option('--bytes <size>', 'memory migrated in each run (default: 1G)', size(4096, 2 ** 40, 4096))
    .option('--count <folios>', 'folios migrated in each run, instead of --bytes', wholeNumber(1, 2 ** 28));
  addSimOptions(command, ROWS)
    .addHelpText('after', helpText('', EXAMPLES, SIM_EXIT_HELP))
    .action((flags: SimMoveFlags) => {
      if (flags.bytes !== undefined && flags.count !== undefined) {
        throw new UsageError('--bytes: cannot be combined with --count. Use one of them');
      }
      checkOutputs(flags);
      const settings = settingsOf(flags);
      const rows = chosenRows(flags, ROWS);
      const cells = (flags.folio ?? RFC_FOLIOS).flatMap((folio) =>
        rows.map((row) => ({ ...row, folio, folios: foliosOf(flags, folio) })),
      );
      report(
        {
          schema: 'pageferry.sim.move/2',
          title: 'Throughput by folio size',
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
      `--bytes: ${formatSize(bytes)} is not a multiple of --folio ${formatSize(folio)}. Use a multiple of ${formatSize(PMD_SIZE)}`,
    );
  }
  return bytes / folio;
}
