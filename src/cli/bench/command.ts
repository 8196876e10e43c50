import type { Command } from 'commander';
import { EXIT_HELP, type SetExitCode } from '../ui/exit-code.js';
import { addBenchAccessCommand } from './access/command.js';
import { addBenchCompactionCommand } from './compaction/command.js';
import { addBenchMoveCommand } from './move/command.js';
import { addBenchStallCommand } from './stall/command.js';

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
