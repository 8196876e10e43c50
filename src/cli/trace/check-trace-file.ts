import { checkWritable, STANDARD_OUTPUT } from '../ui/json-file.js';
import { UsageError } from '../ui/usage-error.js';

/** @throws UsageError when `--trace` names what cannot be written to as a file. */
export function checkTraceFile(file: string): void {
  if (file === STANDARD_OUTPUT || file === '') {
    throw new UsageError('--trace: needs the name of a file; standard output is for what the command says');
  }
  checkWritable(file, '--trace');
}
