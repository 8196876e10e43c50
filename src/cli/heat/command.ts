import type { Command } from 'commander';
import { HEAT_EXIT_HELP, helpText, type SetExitCode } from '../ui/exit-code.js';
import { addHeatReportCommand } from './report-command.js';

/** `pageferry heat …`: each way to see heat is a command of its own. */
export function addHeatCommand(program: Command, setExitCode: SetExitCode): void {
  const heat = program
    .command('heat')
    .description('show which memory is accessed how often')
    .addHelpText(
      'after',
      helpText('', ['pageferry heat report heap.pfheat', 'pageferry heat report --help'], HEAT_EXIT_HELP),
    );
  addHeatReportCommand(heat, setExitCode);
}
