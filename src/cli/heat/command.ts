import type { Command } from 'commander';
import { UsageError } from '../ui/errors.js';
import type { SetExitCode } from '../ui/exit-code.js';
import { addHeatLiveAction } from './live-command.js';
import { addHeatRecordCommand } from './record-command.js';
import { addHeatReportCommand } from './report-command.js';

/** `pageferry heat …`: the live view, and what is recorded and read again. */
export function addHeatCommand(program: Command, setExitCode: SetExitCode): void {
  const heat = program
    .command('heat')
    .description('show which memory is accessed how often')
    // Its subcommands have options of the same names.
    .enablePositionalOptions()
    .hook('preSubcommand', (own, subcommand) => refuseEarlyOptions(own, subcommand.name()));
  addHeatLiveAction(heat);
  addHeatRecordCommand(heat);
  addHeatReportCommand(heat, setExitCode);
}

/** The subcommand would not get them. @throws UsageError */
function refuseEarlyOptions(heat: Command, subcommand: string): void {
  const early = heat.options.find((option) => heat.getOptionValueSource(option.attributeName()) === 'cli');
  if (early === undefined) return;
  throw new UsageError(`${early.long}: must come after '${subcommand}'`);
}
