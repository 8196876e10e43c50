import type { Command } from 'commander';
import { helpText, type SetExitCode, SIM_EXIT_HELP } from '../ui/exit-code.js';
import { addSimBatchCommand } from './batch-command.js';
import { addSimBreakevenCommand } from './breakeven-command.js';
import { addSimCompactionCommand } from './compaction-command.js';
import { addSimFitCommand } from './fit-command.js';
import { addSimMoveCommand } from './move-command.js';
import { addSimSweepCommand } from './sweep-command.js';
import { addSimTieringCommand } from './tiering-command.js';

/** `pageferry sim …`: each experiment is a command of its own. */
export function addSimCommand(program: Command, setExitCode: SetExitCode): void {
  const sim = program
    .command('sim')
    .description('simulate an experiment of the RFC in virtual time, on hardware described by a profile')
    .addHelpText(
      'after',
      helpText('', ['pageferry sim move', 'pageferry sim compaction --help'], SIM_EXIT_HELP),
    );
  addSimMoveCommand(sim, setExitCode);
  addSimBatchCommand(sim, setExitCode);
  addSimCompactionCommand(sim, setExitCode);
  addSimBreakevenCommand(sim, setExitCode);
  addSimSweepCommand(sim, setExitCode);
  addSimTieringCommand(sim, setExitCode);
  addSimFitCommand(sim, setExitCode);
}
