import { Command } from 'commander';
import { addBenchCommand } from './bench/command.js';
import { addCalibrateCommand } from './calibrate/command.js';
import { addCompareCommand } from './compare/command.js';
import { addDemoCommand } from './demo/command.js';
import { addDoctorCommand } from './doctor/command.js';
import { addExploreCommand } from './explore/command.js';
import { addParamCommand } from './param/command.js';
import { addServeCommand } from './serve/command.js';
import { addSimCommand } from './sim/command.js';
import { beginTrace } from './trace/begin-trace.js';
import { EXIT_HELP, type SetExitCode } from './ui/exit-code.js';
import { VERSION } from './ui/version.js';

export function createProgram(setExitCode: SetExitCode): Command {
  const program = new Command('pageferry')
    .description(
      "Moves the pages under a live program's buffers from one memory node to another,\n" +
        'while its threads go on reading and writing them.',
    )
    .version(VERSION)
    .option('--trace <file>', 'of any command: also write what it does to this file, for ui.perfetto.dev')
    .configureHelp({ showGlobalOptions: true })
    .hook('preAction', beginTrace)
    .exitOverride()
    .showHelpAfterError('(--help shows how)')
    .addHelpText(
      'after',
      `${EXIT_HELP}
Of param, 1 is a refusal; of compare, 1 is a difference.

Start here:
  pageferry doctor      what this host can do, and how to change what it cannot
  pageferry demo        see it happen, and that nothing is lost
  pageferry serve       look at it in a browser
  pageferry bench move  how fast, by folio size and migrator
  pageferry sim move    the same on hardware that you do not own`,
    );
  addDoctorCommand(program, setExitCode);
  addDemoCommand(program, setExitCode);
  addServeCommand(program, setExitCode);
  addBenchCommand(program, setExitCode);
  addSimCommand(program, setExitCode);
  addCompareCommand(program, setExitCode);
  addExploreCommand(program, setExitCode);
  addCalibrateCommand(program, setExitCode);
  addParamCommand(program);
  return program;
}
