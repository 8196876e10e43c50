import { accessSync, constants, statSync } from 'node:fs';
import { checkWritable, STANDARD_OUTPUT } from '../ui/json-file.js';
import { UsageError } from '../ui/usage-error.js';

/** @throws UsageError when `--trace` names what cannot be written to as a file. */
export function checkTraceFile(file: string): void {
  if (file === STANDARD_OUTPUT || file === '') {
    throw new UsageError('--trace: needs the name of a file; standard output is for what the command says');
  }
  checkWritable(file, '--trace');
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isDirectory()) throw new UsageError(`--trace: '${file}' is a directory`);
  try {
    accessSync(file, constants.W_OK);
  } catch (cause) {
    throw new UsageError(`--trace: '${file}' is there and cannot be written to`, { cause });
  }
}
