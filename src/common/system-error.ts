import { ERRNO, type ErrnoName } from './errno.js';
import { MigrationError, type MigrationErrorDetails } from './migration-error.js';

/** The remedy for an errno that has the same meaning for every call (errno(3)). */
const ADVICE: Partial<Record<ErrnoName, string>> = {
  EMFILE: 'The process has no free file descriptors. Close some, or raise the limit (ulimit -n).',
  ENFILE: 'The system has no free file descriptors. Raise fs.file-max.',
  ENOMEM: 'Not enough memory, or the process has reached a limit. Free some memory, or raise the limit.',
  ENOSPC: 'The file system is full. Free some space.',
  EROFS: 'The file system is read-only. Choose another one.',
  EIO: 'The device or file system reports an error. See dmesg.',
};

/** For a call that must split a mapping and has reached vm.max_map_count. */
export const MAPPING_ADVICE =
  'The process has reached its maximum number of mappings. Raise vm.max_map_count, or adopt fewer ' +
  'and larger buffers.';

const NAMES = new Map<number, ErrnoName>(
  Object.entries(ERRNO).map(([name, number]) => [number, name as ErrnoName]),
);

/** Whether an errno reports a shortage of this process or system, and says nothing about the request itself. */
export function isShortage(errno: number): boolean {
  return errno === ERRNO.EMFILE || errno === ERRNO.ENFILE || errno === ERRNO.ENOMEM;
}

/** The name of the shortage that an error of Node reports, if it does. */
export function shortageOf(error: unknown): ErrnoName | undefined {
  const errno = errnoOf(error);
  return isShortage(errno) ? NAMES.get(errno) : undefined;
}

/** The general advice for an errno. Undefined if it depends on the call. */
export function adviceFor(errno: number): string | undefined {
  const name = NAMES.get(errno);
  return name === undefined ? undefined : ADVICE[name];
}

/**
 * The error for a failed system call. Its code is the errno that the kernel reported. `details.advice` explains the errno
 * for this call. The default is the general advice for that errno.
 */
export function systemError(errno: number, problem: string, details: MigrationErrorDetails): MigrationError {
  const advice = details.advice ?? adviceFor(errno);
  return new MigrationError(errno, problem, { ...details, ...(advice === undefined ? {} : { advice }) });
}

/** Node's code for a thread that could not start. */
const WORKER_FAILED = 'ERR_WORKER_INIT_FAILED';

/**
 * The errno of an error of Node: its number, that of its code, or the one that its message names. 0 if there is none. A
 * worker thread that cannot start reports "Worker initialization failure: EMFILE".
 */
export function errnoOf(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 0;
  const { errno, code, message } = error as NodeJS.ErrnoException;
  if (typeof code === 'string' && Object.hasOwn(ERRNO, code)) return ERRNO[code as ErrnoName];
  if (typeof errno === 'number' && errno < 0 && NAMES.has(-errno)) return -errno;
  if (code !== WORKER_FAILED) return 0;
  const named = /(?:^|: )(E[A-Z0-9]+)$/.exec(String(message))?.[1];
  return named !== undefined && Object.hasOwn(ERRNO, named) ? ERRNO[named as ErrnoName] : 0;
}
