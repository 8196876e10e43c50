import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from './usage-error.js';

/** Instead of a file: standard output, and nothing else there. */
export const STANDARD_OUTPUT = '-';

/** @throws UsageError when `option` (such as `--json`) names a file that cannot be written; better now than after three minutes. */
export function checkWritable(file: string | undefined, option = '--json'): void {
  if (file === undefined || file === STANDARD_OUTPUT) return;
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (cause) {
    throw new UsageError(`${option}: '${dirname(file)}' is no directory that can be written to`, { cause });
  }
}

/** Prints the text, and writes the figures to the file; with `-` prints the figures instead. */
export function printReport(text: () => string, figures: unknown, file: string | undefined): void {
  const json = `${JSON.stringify(figures, null, 2)}\n`;
  if (file === STANDARD_OUTPUT) {
    process.stdout.write(json);
    return;
  }
  console.log(text());
  if (file !== undefined) writeFileSync(file, json);
}
