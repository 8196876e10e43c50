import type { Command } from 'commander';
import type { SetExitCode } from './exit-code.js';

/** `pageferry sim …`: each experiment is a command of its own. */
export function addSimCommand(program: Command, _setExitCode: SetExitCode): void {
  program
    .command('sim')
    .description('repeat an experiment of the RFC on a simulated machine, in virtual time');
}
