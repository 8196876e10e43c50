import { checkWritable, STANDARD_OUTPUT } from '../ui/json-file.js';
import { UsageError } from '../ui/usage-error.js';

/** @throws UsageError when `--trace` names what cannot be written to as a file. */
export function checkTraceFile(file: string): void {
  if (file === STANDARD_OUTPUT || file === '') {
    throw new UsageError('--trace: needs a file name. Standard output carries the output of the command');
  }
  checkWritable(file, '--trace');
}
