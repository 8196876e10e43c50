import { existsSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { runCalibrate } from '../../bench/calibrate/run-calibrate.js';
import { PMD_SIZE } from '../../common/page.js';
import { EXIT, EXIT_HELP, type SetExitCode } from '../ui/exit-code.js';
import { checkWritable, STANDARD_OUTPUT } from '../ui/json-file.js';
import { size, wholeNumber } from '../ui/option-parsers.js';
import { checkOutputs, deliver, type OutputFlags } from '../ui/output-options.js';
import { startProgress } from '../ui/progress.js';
import { UsageError } from '../ui/usage-error.js';
import { calibrationJson, calibrationSheet, formatCalibration } from './report.js';

const MIN_BYTES = 4 * 2 ** 20;
const MAX_BYTES = 2 ** 31;
const DEFAULT_FILE = 'this-host.json';
const DEFAULT_BYTES = 128 * 2 ** 20;
const DEFAULT_ROUNDS = 25;
/** What comes before the rounds and after them takes a few seconds more. */
const BUDGET_MS = 45_000;

const HELP = `
Moves memory to and fro in many ways, by turns, for less than a minute, and
writes a hardware profile: what a folio, a page, a copy, a channel costs here. A
simulated machine with that profile takes about as long as this host. On a busy
host the profile is that of the busy host.`;

interface CalibrateFlags extends Omit<OutputFlags, 'json'> {
  readonly out?: string;
  readonly bytes?: number;
  readonly rounds?: number;
  readonly force?: true;
  /** True without a file. */
  readonly json?: string | true;
}

export function addCalibrateCommand(program: Command, setExitCode: SetExitCode): void {
  program
    .command('calibrate')
    .description('measure this host, and write a profile with which it can be simulated')
    .option('--out <file>', `where the profile goes (default: ${DEFAULT_FILE})`)
    .option('--force', 'overwrite a file that is there')
    .option(
      '--bytes <size>',
      'moved by a long migration (default: 128M)',
      size(MIN_BYTES, MAX_BYTES, PMD_SIZE),
    )
    .option(
      '--rounds <count>',
      `rounds of measuring at most (default: ${DEFAULT_ROUNDS})`,
      wholeNumber(1, 1000),
    )
    .option('--plot', 'also draw the figures as bars')
    .option('--json [file]', 'print the profile and how well it fits as JSON, or write that to a file')
    .option('--html <file>', 'also write a page with charts, tables and what was measured on')
    .addHelpText('after', `${HELP}\n${EXIT_HELP}`)
    .action(async (flags: CalibrateFlags) => {
      await calibrate(flags);
      setExitCode(EXIT.ok);
    });
}

async function calibrate(flags: CalibrateFlags): Promise<void> {
  const { out = DEFAULT_FILE, force = false, bytes = DEFAULT_BYTES, rounds = DEFAULT_ROUNDS, json } = flags;
  const { html, plot } = flags;
  const outputs: OutputFlags = {
    ...(json === undefined ? {} : { json: json === true ? STANDARD_OUTPUT : json }),
    ...(html === undefined ? {} : { html }),
    ...(plot === undefined ? {} : { plot }),
  };
  checkOutputs(outputs);
  checkFile(out, force);
  const progress = startProgress('calibrate', 100, { of: 'share' });
  const options = { bytes, rounds, budgetMs: BUDGET_MS };
  const events = { onProgress: (done: number) => progress.update(100 * done) };
  const calibration = await runCalibrate(options, events).finally(() => progress.stop());
  writeProfile(out, force, `${JSON.stringify(calibration.file, null, 2)}\n`);
  deliver(outputs, {
    // The profile is among the figures; the page is of the host.
    figures: calibrationJson(calibration),
    text: () => formatCalibration(calibration, out),
    sheet: () => calibrationSheet(calibration),
  });
}

/** Better now than after a minute. */
function checkFile(file: string, force: boolean): void {
  checkWritable(file, '--out');
  if (!force && existsSync(file)) throw taken(file);
}

function writeProfile(file: string, force: boolean, text: string): void {
  try {
    writeFileSync(file, text, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw taken(file, cause);
    throw new UsageError(`--out: '${file}' cannot be written: ${(cause as Error).message}`, { cause });
  }
}

function taken(file: string, cause?: unknown): UsageError {
  return new UsageError(`--out: '${file}' is there already; --force overwrites it`, { cause });
}
