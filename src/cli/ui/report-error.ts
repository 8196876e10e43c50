import { debuglog } from 'node:util';
import { CommanderError } from 'commander';
import { MigrationError } from '../../common/migration-error.js';
import { adviceFor, errnoOf } from '../../common/system-error.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { RefusedError } from './refused-error.js';
import { ReportFileError } from './report-file.js';
import { UsageError } from './usage-error.js';

const debug = debuglog('pageferry');

/** Errnos that are about the host or what it permits, and not about what was asked. */
const HOST_CODES = new Set(['ENOSYS', 'EPERM', 'EACCES', 'ENODEV', 'ENOMEM', 'EMFILE', 'ENFILE']);

/** Says in one line what went wrong and what to do about it. Returns the exit code that fits. */
export function reportError(error: unknown, write: (line: string) => void): ExitCode {
  debug('%O', error);
  if (error instanceof CommanderError) {
    // Commander has said it already. Asking for help is no error, but a command that is missing is.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  if (error instanceof UsageError) {
    write(`error: ${error.message}`);
    return EXIT.usage;
  }
  if (error instanceof RefusedError || error instanceof ReportFileError) {
    write(`error: ${error.message}`);
    return EXIT.failed;
  }
  if (error instanceof MigrationError) {
    write(`error: ${error.problem} (${error.code})${error.advice === undefined ? '' : `. ${error.advice}`}`);
    if (HOST_CODES.has(error.code)) return EXIT.host;
    return error.code === 'EINVAL' ? EXIT.usage : EXIT.failed;
  }
  const message = error instanceof Error ? error.message : String(error);
  const errno = errnoOf(error);
  if (errno !== 0) {
    // A file, a descriptor, a thread that the system has refused: Node's message names it.
    const advice = adviceFor(errno);
    write(`error: ${message}${advice === undefined ? '' : `. ${advice}`}`);
    return EXIT.failed;
  }
  write(`error: ${message} (unexpected; NODE_DEBUG=pageferry prints the stack)`);
  return EXIT.failed;
}
