import type { Command } from 'commander';
import { addBenchAccessCommand } from './bench-access-command.js';
import { addBenchCompactionCommand } from './bench-compaction-command.js';
import { addBenchMoveCommand } from './bench-move-command.js';
import { addBenchStallCommand } from './bench-stall-command.js';
import { EXIT_HELP, type SetExitCode } from './exit-code.js';

export function addBenchCommand(program: Command, setExitCode: SetExitCode): void {
  const bench = program
    .command('bench')
    .description('repeat an experiment of the RFC on this host')
    .addHelpText('after', EXIT_HELP);
  addBenchMoveCommand(bench, setExitCode);
  addBenchStallCommand(bench, setExitCode);
  addBenchAccessCommand(bench, setExitCode);
  addBenchCompactionCommand(bench, setExitCode);
}
