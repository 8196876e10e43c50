import type { Command } from 'commander';
import { HEAT_EXIT_HELP, helpText, type SetExitCode } from '../ui/exit-code.js';
import { addHeatLiveCommand } from './live-command.js';
import { addHeatRecordCommand } from './record-command.js';
import { addHeatReportCommand } from './report-command.js';

const EXPLANATION = `
'pageferry heat' is short for 'pageferry heat live', with its options. Without
options it watches a demo program.`;

const EXAMPLES = [
  'pageferry heat',
  'pageferry heat --pid 4711',
  'pageferry heat record heap.pfheat --pid 4711 --for 60',
  'pageferry heat report heap.pfheat',
  'pageferry heat live --help',
];

/** `pageferry heat …`: each way to see heat is a command of its own. */
export function addHeatCommand(program: Command, setExitCode: SetExitCode): void {
  const heat = program
    .command('heat')
    .description('show which memory is accessed how often')
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES, HEAT_EXIT_HELP));
  addHeatLiveCommand(heat);
  addHeatRecordCommand(heat);
  addHeatReportCommand(heat, setExitCode);
}
