import { type Stats, statSync } from 'node:fs';
import { MigrationError } from '../../common/migration-error.js';
import { checkSocketPath } from '../../parameters/socket/socket-path.js';
import { RefusedError, UsageError } from '../ui/errors.js';
import { flagError } from '../ui/named-by-flag.js';

/**
 * Rejects a path that is not a socket of this user. Another user's socket could read the requests and forge the answers.
 * Root may use any user's socket.
 * @throws UsageError, RefusedError
 */
export function checkSocket(path: string): void {
  try {
    checkSocketPath('param', path);
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    const { problem, code, advice = '' } = flagError(error, { path: '--socket' });
    throw new UsageError(`${problem} (${code}). ${advice}`.trimEnd(), { cause: error });
  }
  const found = statOf(path);
  if (!found.isSocket()) {
    throw new RefusedError(
      'ENOTSOCK',
      `--socket: '${path}' is not a socket`,
      'Name the socket that the program listens at.',
    );
  }
  const user = process.geteuid?.();
  if (user === undefined || user === 0 || user === found.uid) return;
  throw new RefusedError(
    'EACCES',
    `--socket: '${path}' belongs to another user (uid ${found.uid})`,
    'Run this as that user, or as root.',
  );
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (cause) {
    const { code = 'EIO', message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new RefusedError(
        code,
        `--socket: '${path}' does not exist`,
        'Check that the program is running and listens there.',
        cause,
      );
    }
    throw new RefusedError(code, `--socket: cannot read '${path}': ${message}`, undefined, cause);
  }
}
