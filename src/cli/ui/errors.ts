import { dirname } from 'node:path';
import { debuglog } from 'node:util';
import { CommanderError } from 'commander';
import { MigrationError } from '../../common/migration-error.js';
import { pathProblem } from '../../common/path-problem.js';
import { adviceFor, errnoOf } from '../../common/system-error.js';
import { EXIT, type ExitCode } from './exit-code.js';

const debug = debuglog('pageferry');

/** Options that are valid by themselves but not together, or not on this system. The message names the option. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A ferry refused a request, or could not be reached. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  /** Errno name. */
  readonly code: string;

  constructor(code: string, problem: string, advice?: string, cause?: unknown) {
    super(
      `${code}: ${problem}${advice === undefined ? '' : `. ${advice}`}`,
      cause === undefined ? {} : { cause },
    );
    this.code = code;
  }
}

/** A report that could not be written, although `checkReportFile` had no objection: a full disk, for example. */
export class ReportFileError extends Error {
  override readonly name = 'ReportFileError';

  /** @param option The flag that names the file. */
  constructor(option: string, file: string, cause: unknown) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const advice = adviceFor(errnoOf(cause));
    // open(2) creates the file, so ENOENT is about its directory.
    const where = code === 'ENOENT' ? dirname(file) : file;
    const problem = advice === undefined ? pathProblem(code ?? '', where) : undefined;
    const why = problem === undefined ? '' : `: ${problem}`;
    const remedy = advice === undefined ? '' : `. ${advice}`;
    super(`${option}: cannot write '${file}'${why} (${code ?? message})${remedy}`, { cause });
  }
}

/** Errnos that are about the host or its permissions, and not about the request. */
const HOST_CODES = new Set([
  'EOPNOTSUPP',
  'ENOSYS',
  'EPERM',
  'EACCES',
  'ENODEV',
  'ENOMEM',
  'EMFILE',
  'ENFILE',
]);

/** Writes one line: what is wrong, and what to do. Returns the exit code. */
export function reportError(error: unknown, write: (line: string) => void): ExitCode {
  debug('%O', error);
  if (error instanceof CommanderError) {
    // Commander has written the message. Help is not an error, but a missing command is.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  if (error instanceof UsageError) {
    write(`error: ${error.message}`);
    return EXIT.usage;
  }
  if (error instanceof RefusedError || error instanceof ReportFileError) {
    write(`error: ${error.message}`);
    // The ferry is on this host. Its other errors are about the request, or about the way to it.
    return error instanceof RefusedError && error.code === 'EOPNOTSUPP' ? EXIT.host : EXIT.failed;
  }
  if (error instanceof MigrationError) {
    write(`error: ${error.problem} (${error.code})${error.advice === undefined ? '' : `. ${error.advice}`}`);
    if (HOST_CODES.has(error.code)) return EXIT.host;
    return error.code === 'EINVAL' ? EXIT.usage : EXIT.failed;
  }
  const message = error instanceof Error ? error.message : String(error);
  const errno = errnoOf(error);
  if (errno !== 0) {
    // The system refused a file, a descriptor or a thread. Node's message names it.
    const advice = adviceFor(errno);
    write(`error: ${message}${advice === undefined ? '' : `. ${advice}`}`);
    return EXIT.failed;
  }
  write(`error: ${message} (unexpected; NODE_DEBUG=pageferry prints the stack)`);
  return EXIT.failed;
}
