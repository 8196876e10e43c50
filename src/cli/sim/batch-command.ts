import type { Command } from 'commander';
import { PMD_SIZE } from '../../common/page.js';
import { helpText, type SetExitCode, SIM_EXIT_HELP } from '../ui/exit-code.js';
import { folioSize, listOf, wholeNumber } from '../ui/option-parsers.js';
import { checkOutputs } from '../ui/output-options.js';
import { runCells } from './cells.js';
import { addSimOptions, chosenRows, type RowDefaults, report, type SimFlags, settingsOf } from './flags.js';

interface SimBatchFlags extends SimFlags {
  readonly folio?: number;
  readonly count?: readonly number[];
}

const ROWS: RowDefaults = { channels: [1], threads: [2] };
const EXAMPLES = ['pageferry sim batch', 'pageferry sim batch --count 1,64 --folio 4K'];
const RFC_COUNTS = [1, 8, 16, 32, 64, 256, 512, 1024, 2048, 8192];

export function addSimBatchCommand(sim: Command, setExitCode: SetExitCode): void {
  const command = sim
    .command('batch')
    .description("simulate throughput by folios per call: the RFC's third table")
    .option(
      '--count <folios>',
      `folios per call (default: ${RFC_COUNTS.join(',')})`,
      listOf(wholeNumber(1, 2 ** 24)),
    )
    .option('--folio <size>', 'folio size, 4K to 2M (default: 2M)', folioSize);
  addSimOptions(command, ROWS)
    .addHelpText('after', helpText('', EXAMPLES, SIM_EXIT_HELP))
    .action((flags: SimBatchFlags) => {
      checkOutputs(flags);
      const settings = settingsOf(flags);
      const rows = chosenRows(flags, ROWS);
      const folio = flags.folio ?? PMD_SIZE;
      const cells = (flags.count ?? RFC_COUNTS).flatMap((folios) =>
        rows.map((row) => ({ ...row, folio, folios })),
      );
      report(
        {
          schema: 'pageferry.sim.batch/2',
          title: 'Throughput by folios per call',
          by: 'folios',
          profile: settings.profile.name,
          rows: runCells('sim batch', cells, settings, 'byBatch'),
        },
        flags,
        setExitCode,
      );
    });
}
