import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { jsonText } from './ascii.js';
import { UsageError } from './usage-error.js';

/** Instead of a file: standard output, and nothing else there. */
export const STANDARD_OUTPUT = '-';

/**
 * Better now than after three minutes.
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
    // With a slash only a directory is there: what is below a file is ENOTDIR above for some versions of Node only.
    accessSync(needed === file ? file : `${needed}/`, constants.W_OK);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const what = needed === file ? 'no file that can be written to' : 'no directory that can be written to';
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError(`${option}: '${needed}' is ${what} (${code})`, { cause });
  }
}

/** Prints the text, and writes the figures to the file; with `-` prints the figures instead. */
export function printReport(text: () => string, figures: unknown, file: string | undefined): void {
  if (file === STANDARD_OUTPUT) {
    process.stdout.write(`${jsonText(figures)}\n`);
    return;
  }
  console.log(text());
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
}
