import type { Command } from 'commander';
import { helpText, type SetExitCode } from '../ui/exit-code.js';
import { addBenchAccessCommand } from './access/command.js';
import { addBenchAutoCommand } from './auto/command.js';
import { addBenchCompactionCommand } from './compaction/command.js';
import { addBenchHeatCommand } from './heat/command.js';
import { addBenchMoveCommand } from './move/command.js';
import { addBenchStallCommand } from './stall/command.js';
import { addBenchTieringCommand } from './tiering/command.js';

export function addBenchCommand(program: Command, setExitCode: SetExitCode): void {
  const bench = program
    .command('bench')
    .description('measure real migrations on this host: the experiments of the RFC, and more')
    .addHelpText('after', helpText('', ['pageferry bench move', 'pageferry bench stall --help']));
  addBenchMoveCommand(bench, setExitCode);
  addBenchStallCommand(bench, setExitCode);
  addBenchAccessCommand(bench, setExitCode);
  addBenchCompactionCommand(bench, setExitCode);
  addBenchHeatCommand(bench, setExitCode);
  addBenchTieringCommand(bench, setExitCode);
  addBenchAutoCommand(bench, setExitCode);
}
