import type { Command } from 'commander';
import { addBenchCommand } from './bench/command.js';
import { addCalibrateCommand } from './calibrate/command.js';
import { addCompareCommand } from './compare/command.js';
import { addDemoCommand } from './demo/command.js';
import { addDoctorCommand } from './doctor/command.js';
import { addExploreCommand } from './explore/command.js';
import { addHeatCommand } from './heat/command.js';
import { addParamCommand } from './param/command.js';
import { addRunCommand } from './run/command.js';
import { addServeCommand } from './serve/command.js';
import { addSimCommand } from './sim/command.js';
import { beginTrace } from './trace/command-trace.js';
import { EXIT_HELP, type SetExitCode } from './ui/exit-code.js';
import { PageferryCommand } from './ui/pageferry-command.js';
import { VERSION } from './ui/version.js';
import { addWorkerCommand } from './worker/command.js';

export function createProgram(setExitCode: SetExitCode): Command {
  const program = new PageferryCommand('pageferry')
    .description(
      "Move the pages of a running program's buffers from one memory node to another,\n" +
        'while its threads read and write them.',
    )
    .version(VERSION)
    .option('--trace <file>', 'write a Perfetto trace to this file (works with every command)')
    .configureHelp({
      showGlobalOptions: true,
      // Commander leaves a description as it is where it would have fewer columns.
      minWidthToWrap: 10,
      optionTerm: ({ flags }) => flags.replace(/^(--json|--report) \[file\]/, '$1[=file]'),
    })
    .hook('preAction', beginTrace)
    .exitOverride()
    .showHelpAfterError('(run it with --help for usage)')
    .addHelpText(
      'after',
      `${EXIT_HELP}
'param' exits with 1 if the ferry rejects the request, 'compare' if any row
differs, 'run' as its program does.

Files of --json, --html and --trace replace existing files. A heat recording and
a hardware profile are replaced only with --force.

Start here:
  pageferry doctor      check what this host supports
  pageferry demo        watch a migration, and that nothing is lost
  pageferry serve       see it in a browser
  pageferry run         run your program with memory that places itself
  pageferry bench move  measure throughput by folio size and migrator
  pageferry sim move    simulate it on hardware that you do not have`,
    );
  addDoctorCommand(program, setExitCode);
  addDemoCommand(program, setExitCode);
  addRunCommand(program, setExitCode);
  addServeCommand(program, setExitCode);
  addBenchCommand(program, setExitCode);
  addSimCommand(program, setExitCode);
  addHeatCommand(program, setExitCode);
  addCompareCommand(program, setExitCode);
  addExploreCommand(program, setExitCode);
  addWorkerCommand(program, setExitCode);
  addCalibrateCommand(program, setExitCode);
  addParamCommand(program);
  return program;
}
