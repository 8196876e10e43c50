import { systemError } from '../../common/system-error.js';
import { libc } from './libc.js';

const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;

/**
 * Replaces this process by another program (execv(3)). It keeps the process id, its terminal and its standard streams. So
 * signals and the exit status need no forwarding.
 *
 * @throws MigrationError if it fails; otherwise it does not return
 */
export function replaceProcess(path: string, argv: readonly string[]): never {
  const { execv, fcntl, errno } = libc();
  for (const fd of [0, 1, 2]) {
    // Node closes what it has inherited when another program is executed (uv_disable_stdio_inheritance).
    fcntl(fd, F_SETFD, 0);
    // It makes pipes non-blocking when it first writes to them, and reverts that only at its own end.
    const flags = fcntl(fd, F_GETFL, 0);
    if (flags !== -1 && (flags & O_NONBLOCK) !== 0) fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  }
  execv(path, [...argv, null]);
  throw systemError(errno(), `cannot run ${path}`, { operation: 'run' });
}
