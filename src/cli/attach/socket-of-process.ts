import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { pathOfBound } from '../../parameters/socket/socket-path.js';
import { RefusedError } from '../ui/errors.js';
import { printable } from './printable.js';

/** The flag of a socket that listens (__SO_ACCEPTCON of linux/net.h), as /proc/PID/net/unix has it. */
const LISTENS = 0x10000;

/**
 * The path of the socket at which a process serves its ferry, from the kernel's list of its sockets (proc_pid_net(5)).
 * @throws RefusedError that names `--pid`
 */
export function socketOfProcess(pid: number): string {
  const bound = boundNames(pid);
  const paths = bound.map(pathOfBound).sort();
  const [path] = paths;
  if (bound.length === 0) {
    throw refused(
      'ENOENT',
      `process ${pid} serves no ferry`,
      'Its program has to call serveParameters(ferry, path) of pageferry/parameters.',
    );
  }
  if (bound.length > 1) {
    const all = paths.map((each) => `'${printable(each ?? '(a long path)')}'`).join(', ');
    throw refused(
      'EINVAL',
      `process ${pid} serves a ferry at ${bound.length} sockets, ${all}`,
      'Choose one with --socket.',
    );
  }
  if (path !== undefined) return path;
  throw refused(
    'ENAMETOOLONG',
    `process ${pid} serves a ferry at a path that is too long to be found`,
    'Name it with --socket.',
  );
}

/**
 * The number of a process in its own namespace, which is the number that it knows (NSpid of proc_pid_status(5)).
 * @throws RefusedError that names `--pid`
 */
export function ownNumberOf(pid: number): number {
  const status = reading(pid, () => readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(/^NSpid:.*?(\d+)$/m.exec(status)?.[1] ?? pid);
}

/** The names of the sockets at which the process listens, and that pageferry has bound. */
function boundNames(pid: number): string[] {
  return reading(pid, () => {
    const own = new Set(readdirSync(`/proc/${pid}/fd`).map((name) => inodeOf(`/proc/${pid}/fd/${name}`)));
    return readFileSync(`/proc/${pid}/net/unix`, 'utf8')
      .split('\n')
      .flatMap((line) => {
        // Address, references, protocol, flags, type, state, inode, and the name, which may have spaces.
        const [, flags = '', inode = '', name = ''] =
          /^\S+ \S+ \S+ (\S+) \S+ \S+ +(\d+) (.*\/\.pageferry-\w{6}.*)$/.exec(line) ?? [];
        return (Number.parseInt(flags, 16) & LISTENS) !== 0 && own.has(inode) ? [name] : [];
      });
  });
}

/** The inode of a descriptor that is a socket. */
function inodeOf(descriptor: string): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(descriptor))?.[1];
  } catch {
    // The process has closed it.
    return undefined;
  }
}

function reading<T>(pid: number, read: () => T): T {
  if (process.platform !== 'linux') {
    throw refused('ENOSYS', 'needs /proc, which only Linux has', 'Use --socket.');
  }
  try {
    return read();
  } catch (cause) {
    const { code = 'EIO', message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH')
      throw refused('ESRCH', `there is no process ${pid}`, undefined, cause);
    if (code === 'EACCES' || code === 'EPERM') {
      throw refused(
        'EACCES',
        `process ${pid} belongs to another user`,
        'Run this as that user, or as root.',
        cause,
      );
    }
    throw refused(code, `cannot read the sockets of process ${pid}: ${message}`, undefined, cause);
  }
}

function refused(code: string, problem: string, advice?: string, cause?: unknown): RefusedError {
  return new RefusedError(code, `--pid: ${problem}`, advice, cause);
}
