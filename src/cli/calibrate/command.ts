import type { Command } from 'commander';
import { runCalibrate } from '../../bench/calibrate/run-calibrate.js';
import { PMD_SIZE } from '../../common/page.js';
import { CALIBRATE_EXIT_HELP, EXIT, helpText, type SetExitCode } from '../ui/exit-code.js';
import { checkNewFile, writeNewFile } from '../ui/new-file.js';
import { size, wholeNumber } from '../ui/option-parsers.js';
import { addOutputOptions, checkOutputs, deliver, type OutputFlags } from '../ui/output-options.js';
import { startProgress } from '../ui/progress.js';
import { calibrationJson, calibrationSheet, formatCalibration } from './report.js';

const MIN_BYTES = 4 * 2 ** 20;
const MAX_BYTES = 2 ** 31;
const DEFAULT_FILE = 'this-host.json';
const DEFAULT_BYTES = 128 * 2 ** 20;
const DEFAULT_ROUNDS = 25;
/** Time for the rounds. Warm-up and fit take a few seconds more. */
const BUDGET_MS = 45_000;

const EXPLANATION = `
Moves memory back and forth in many ways for less than a minute, and fits a
hardware profile: the cost of a folio, a page, a copy and a channel. A machine
simulated with that profile takes about as long as this host. The profile
includes the other load of the host, so run it on an idle host.`;

const EXAMPLES = ['pageferry calibrate', 'pageferry sim move --profile this-host.json'];

interface CalibrateFlags extends OutputFlags {
  readonly out?: string;
  readonly bytes?: number;
  readonly rounds?: number;
  readonly force?: true;
}

export function addCalibrateCommand(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('calibrate')
    .description('measure this host and write a profile that simulates it')
    .option('--out <file>', `file for the profile (default: ${DEFAULT_FILE})`)
    .option('--force', 'overwrite an existing file')
    .option(
      '--bytes <size>',
      'memory migrated in a long migration (default: 128M)',
      size(MIN_BYTES, MAX_BYTES, PMD_SIZE),
    )
    .option(
      '--rounds <count>',
      `maximum number of rounds (default: ${DEFAULT_ROUNDS})`,
      wholeNumber(1, 1000),
    );
  addOutputOptions(command)
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES, CALIBRATE_EXIT_HELP))
    .action(async (flags: CalibrateFlags) => {
      await calibrate(flags);
      setExitCode(EXIT.ok);
    });
}

async function calibrate(flags: CalibrateFlags): Promise<void> {
  const { out = DEFAULT_FILE, force = false, bytes = DEFAULT_BYTES, rounds = DEFAULT_ROUNDS } = flags;
  checkOutputs(flags);
  checkNewFile('--out', out, force);
  const progress = startProgress('calibrate', 100, { of: 'share' });
  const options = { bytes, rounds, budgetMs: BUDGET_MS };
  const events = { onProgress: (done: number) => progress.update(100 * done) };
  const calibration = await runCalibrate(options, events).finally(() => progress.stop());
  writeNewFile('--out', out, force, `${JSON.stringify(calibration.file, null, 2)}\n`);
  deliver(flags, {
    // The profile is among the figures; the page is of the host.
    figures: calibrationJson(calibration),
    text: () => formatCalibration(calibration, out),
    sheet: () => calibrationSheet(calibration),
  });
}
