import { lstatSync } from 'node:fs';
import { connect } from 'node:net';
import { invalidArgument, MigrationError } from '../../common/migration-error.js';

/** Maximum number of bytes of a Unix socket's path: `sun_path` of unix(7) without its NUL. */
export const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/**
 * Checks a path without access to the disk. The length matters: Node before 23 truncates a path that is too long, and
 * listens somewhere else.
 * @throws MigrationError EINVAL, ENAMETOOLONG
 */
export function checkSocketPath(operation: string, path: unknown): asserts path is string {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw invalidArgument(operation, 'path', 'must be the path of a Unix socket');
  }
  // Of UTF-8, as the kernel counts.
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_PATH_BYTES) return;
  throw new MigrationError(
    'ENAMETOOLONG',
    `path: has ${bytes} bytes, but a Unix socket path has at most ${MAX_PATH_BYTES}`,
    {
      operation,
      argument: 'path',
      advice: 'Use a shorter path, or one relative to the working directory.',
    },
  );
}

/** The name with which a socket is bound that gets a path. In a name, a slash is a colon. */
export function boundNameOf(unique: string, path: string): string {
  return `${unique}${path.replaceAll('%', '%25').replaceAll(':', '%3A').replaceAll('/', ':')}`;
}

/** The path in a bound name, or undefined if it has none. */
export function pathOfBound(bound: string): string | undefined {
  const [, name] = /\/\.pageferry-\w{6}(:[^/]*)$/.exec(bound) ?? [];
  return name?.replaceAll(':', '/').replaceAll('%3A', ':').replaceAll('%25', '%');
}

/** The error for a path that exists: EADDRINUSE, with what is there and a remedy. */
export async function pathInUse(operation: string, path: string): Promise<MigrationError> {
  const [what, advice] = await whatIsAt(path);
  return new MigrationError('EADDRINUSE', `path: ${what} '${path}'`, { operation, argument: 'path', advice });
}

async function whatIsAt(path: string): Promise<readonly [what: string, advice: string]> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return ['there was just now a file at', 'Try again.'];
  if (!there.isSocket()) return ['there is already a file at', 'Choose another path.'];
  const user = process.geteuid?.();
  if (user !== undefined && there.uid !== user) {
    return [`there is already a socket of another user (uid ${there.uid}) at`, 'Choose another path.'];
  }
  const refusal = await connectionError(path);
  if (refusal === 'ECONNREFUSED') {
    return [
      'there is a stale socket, without a listener, at',
      `Remove it if no program needs it: rm '${path}'`,
    ];
  }
  // EAGAIN: the listener's queue is full.
  if (refusal === undefined || refusal === 'EAGAIN') {
    return ['another process listens at', 'Stop it, or choose another path.'];
  }
  return [`there is already a socket (connect: ${refusal}) at`, 'Choose another path.'];
}

/** Connects once. Returns the error's code, or `undefined` if a listener accepts. */
function connectionError(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}
