import { accessSync, closeSync, constants, openSync, readSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { pathProblem } from '../../common/path-problem.js';
import { MAGIC } from '../../heat/recording/format.js';
import { jsonText } from './ascii.js';
import { ReportFileError, UsageError } from './errors.js';
import { fitTerminal } from './wrap.js';

/** The value of `--json` without a file: standard output has the JSON, and nothing else. */
export const STANDARD_OUTPUT = '-';

/** `--json[=FILE]`, which means the same in every command. */
export function addJsonOption(command: Command, what: string): Command {
  return command.option(
    '--json [file]',
    `print ${what} as JSON; with =file, print text and write the JSON to the file (replaces it)`,
    (file: string) => {
      if (file === '') throw new InvalidArgumentError('Name a file, or use --json alone to print.');
      return file;
    },
  );
}

/**
 * Checks the file of a report before the command runs, which can take minutes. A report replaces an existing file, but not a
 * recording, which nobody can make again.
 * @throws UsageError when the option names a file that cannot be written.
 */
export function checkReportFile(file: string | undefined, option = '--json'): void {
  checkWritable(file, option);
  if (file !== undefined && file !== STANDARD_OUTPUT && isRecording(file)) {
    throw new UsageError(
      `${option}: '${file}' is a heat recording, which a report does not replace. Name another file`,
    );
  }
}

/** A flag and the file that it names. */
type FileFlag = readonly [flag: string, file: string | undefined];

/** @throws UsageError naming the first flag, if both name the same file */
export function checkDistinct([flag, file]: FileFlag, [other, otherFile]: FileFlag): void {
  if (file === undefined || otherFile === undefined || resolve(file) !== resolve(otherFile)) return;
  throw new UsageError(`${flag}: '${file}' is also the file of ${other}. Name another file`);
}

function isRecording(file: string): boolean {
  // Opening a pipe would wait for its other end.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
  const start = new Uint8Array(MAGIC.length);
  try {
    const opened = openSync(file, 'r');
    try {
      readSync(opened, start);
    } finally {
      closeSync(opened);
    }
  } catch {
    // A file that can only be written.
    return false;
  }
  return MAGIC.every((byte, i) => start[i] === byte);
}

/**
 * Checks a file before the command runs.
 * @throws UsageError when the option names a file that cannot be written.
 */
export function checkWritable(file: string | undefined, option = '--json'): void {
  if (file === undefined || file === STANDARD_OUTPUT) return;
  let needed = file;
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isDirectory() === true || (found === undefined && file.endsWith('/')))
      throw new UsageError(`${option}: '${file}' is a directory`);
    if (found === undefined) needed = dirname(file);
    // The slash finds a path below a file. Only some versions of Node report that above, as ENOTDIR.
    accessSync(needed === file ? file : `${needed}/`, constants.W_OK);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const problem = pathProblem(code, needed);
    const why = problem === undefined ? message : `${problem} (${code})`;
    throw new UsageError(`${option}: cannot write '${file}': ${why}`, { cause });
  }
}

/** Runs the function that writes the file of a flag. @throws ReportFileError */
export function writing<T>(option: string, file: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw new ReportFileError(option, file, cause);
  }
}

/** Writes the file of a flag. @throws ReportFileError */
export function writeReport(option: string, file: string, text: string): void {
  writing(option, file, () => writeFileSync(file, text));
}

/** Prints the text, and writes the figures to the file if there is one. With `-` it prints the figures instead. */
export function printReport(text: () => string, figures: unknown, file: string | undefined): void {
  if (file === STANDARD_OUTPUT) {
    process.stdout.write(`${jsonText(figures)}\n`);
    return;
  }
  console.log(fitTerminal(text()));
  if (file !== undefined) writeReport('--json', file, `${JSON.stringify(figures, null, 2)}\n`);
}
