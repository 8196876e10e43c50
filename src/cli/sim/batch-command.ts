import type { Command } from 'commander';
import { PMD_SIZE } from '../../common/page.js';
import { EXIT_HELP, type SetExitCode } from '../ui/exit-code.js';
import { folioSize, listOf, wholeNumber } from '../ui/option-parsers.js';
import { checkOutputs } from '../ui/output-options.js';
import { rowsOf, runCells } from './cells.js';
import { addSimOptions, type SimFlags, settingsOf, tell } from './flags.js';

interface SimBatchFlags extends SimFlags {
  readonly folio?: number;
  readonly count?: readonly number[];
}

const RFC_COUNTS = [1, 8, 16, 32, 64, 256, 512, 1024, 2048, 8192];

export function addSimBatchCommand(sim: Command, setExitCode: SetExitCode): void {
  const command = sim
    .command('batch')
    .description("throughput by the number of folios that one call moves: the RFC's third table")
    .option(
      '--count <folios>',
      `numbers of folios (default: ${RFC_COUNTS.join(',')})`,
      listOf(wholeNumber(1, 2 ** 24)),
    )
    .option('--folio <size>', 'their size, 4K to 2M (default: 2M)', folioSize);
  addSimOptions(command)
    .addHelpText('after', EXIT_HELP)
    .action((flags: SimBatchFlags) => {
      checkOutputs(flags);
      const settings = settingsOf(flags);
      const rows = rowsOf({
        migrators: flags.migrator ?? ['baseline', 'dcbm'],
        channels: flags.channels ?? [1],
        threads: flags.threads ?? [2],
        copyModes: flags.copyMode,
      });
      const folio = flags.folio ?? PMD_SIZE;
      const cells = (flags.count ?? RFC_COUNTS).flatMap((folios) =>
        rows.map((row) => ({ ...row, folio, folios })),
      );
      tell(
        {
          schema: 'pageferry.sim.batch/2',
          title: 'So many folios by one call',
          by: 'folios',
          profile: settings.profile.name,
          rows: runCells('sim batch', cells, settings, 'byBatch'),
        },
        flags,
        setExitCode,
      );
    });
}
