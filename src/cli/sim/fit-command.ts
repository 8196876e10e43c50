import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { MigrationError } from '../../common/migration-error.js';
import { readFigures } from '../../sim/fit/figures-csv.js';
import { fitMachine } from '../../sim/fit/fit-machine.js';
import { fittedFile } from '../../sim/fit/fitted-file.js';
import { readMachineSheet } from '../../sim/fit/machine-sheet.js';
import { UsageError } from '../ui/errors.js';
import { EXIT, helpText, type SetExitCode, SIM_EXIT_HELP } from '../ui/exit-code.js';
import { checkDistinct } from '../ui/json-file.js';
import { checkNewFile, writeNewFile } from '../ui/new-file.js';
import { addOutputOptions, checkOutputs, deliver, type OutputFlags } from '../ui/output-options.js';
import { formatPlainSheet } from '../ui/sheet-text.js';
import { fitJson, fitSheet } from './fit-report.js';

interface FitFlags extends OutputFlags {
  readonly machine: string;
  readonly figures: string;
  readonly out?: string;
  readonly force?: true;
}

const DEFAULT_FILE = 'fitted.json';

const EXPLANATION = `
Finds the most probable profile of a machine for its data sheet and a few
measured figures, and how uncertain each of its figures is. sim move then prints
the interval of each prediction. The result is the same every time.

Machine, as JSON: {"schema": "pageferry.machine/1", "name": "…", "cpus": 64,
"sockets": 2, "domains": 8, "memory": {"channels": 8, "channelGBps": 25.6},
"links": {"count": 4, "GBps": 36}, "dma": {"channels": 16}}. Only cpus, name and
memory are needed.

Figures, as CSV: a line with the names of columns, then a line for each figure.
  folio, value  needed; the folio size is 4K to 2M
  metric        GBps (default), copyGBps (of the copy alone), copyShare (the
                part of the time in the copy, 0 to 1), latencyNs (of the whole
                call)
  migrator      serial, baseline, cpu, mtcopy, dcbm
  threads, channels, placement       of mtcopy and dcbm
  count, bytes  folios or bytes of a call (default: 1G; of latencyNs one folio)
  error         relative standard error of the value (default: 0.05)`;

const EXAMPLES = [
  'pageferry sim fit --machine machine.json --figures figures.csv --out mine.json',
  'pageferry sim move --profile mine.json',
];

export function addSimFitCommand(sim: Command, setExitCode: SetExitCode): void {
  const command = sim
    .command('fit')
    .description('fit a profile to the data sheet of a machine and a few measured figures')
    .requiredOption('--machine <file>', 'data sheet of the machine, as JSON')
    .requiredOption('--figures <file>', 'measured or published figures, as CSV')
    .option('--out <file>', `file for the profile (default: ${DEFAULT_FILE})`)
    .option('--force', 'overwrite an existing file');
  addOutputOptions(command)
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES, SIM_EXIT_HELP))
    .action((flags: FitFlags) => {
      const { out = DEFAULT_FILE, force = false } = flags;
      checkOutputs(flags);
      checkNewFile('--out', out, force);
      checkDistinct(['--out', out], ['--machine', flags.machine]);
      checkDistinct(['--out', out], ['--figures', flags.figures]);
      const sheet = readWith('--machine', flags.machine, (text) => readMachineSheet(JSON.parse(text)));
      const machine = readWith('--figures', flags.figures, (text) => fitMachine(sheet, readFigures(text)));
      const file = fittedFile(machine);
      writeNewFile('--out', out, force, `${JSON.stringify(file, null, 2)}\n`);
      const shown = fitSheet(machine);
      deliver(flags, {
        figures: fitJson(machine, file),
        text: () => `${formatPlainSheet(shown)}\n- written: ${out}`,
        sheet: () => shown,
      });
      setExitCode(EXIT.ok);
    });
}

/** @throws UsageError naming the option, the file, and what is wrong in it. */
function readWith<Result>(option: string, file: string, read: (text: string) => Result): Result {
  try {
    return read(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${option}: '${file}': ${problemOf(error)}`, { cause: error });
  }
}

function problemOf(error: unknown): string {
  if (error instanceof MigrationError) {
    return error.advice === undefined ? error.problem : `${error.problem}. ${error.advice}`;
  }
  if (error instanceof SyntaxError) return `not JSON: ${error.message}`;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'the file does not exist';
  return error instanceof Error ? error.message : String(error);
}
