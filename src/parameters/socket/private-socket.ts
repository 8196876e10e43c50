import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import type { Server } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import { ERRNO, type ErrnoName } from '../../common/errno.js';
import { MigrationError } from '../../common/migration-error.js';
import { errnoOf, systemError } from '../../common/system-error.js';
import { checkSocketPath, pathInUse } from './socket-path.js';

/** Sockets to take away when the process or worker thread ends without closing them. */
const left = new Set<PrivateSocket>();

/**
 * A Unix socket at a path, to which at no moment anybody but its owner (and root) could connect.
 *
 * It is born in a directory that only the owner may enter, made 0600 there, and then linked to its path. Not
 * with the umask, because that belongs to the whole process: files that other threads make meanwhile would get
 * it too, and a worker thread cannot change it (process.umask throws there). The link has two more virtues: it
 * fails where something exists, and libuv, which at close removes whatever has by then the name that it bound,
 * finds nothing to remove.
 *
 * The kernel checks the mode at connect(2), so there is no second check of the peer's uid (SO_PEERCRED): it would
 * ask the same at the same moment, need a descriptor that Node does not document, and forbid what an owner may
 * want who changes the mode for a group.
 */
export class PrivateSocket {
  readonly #path: string;
  readonly #device: bigint;
  readonly #inode: bigint;

  private constructor(path: string) {
    const { dev, ino } = lstatSync(path, { bigint: true });
    this.#path = path;
    this.#device = dev;
    this.#inode = ino;
  }

  /**
   * Has the server listen at a path where nothing is.
   * @throws MigrationError EINVAL, ENAMETOOLONG; EADDRINUSE saying what is there; ENOENT, ENOTDIR, EACCES and
   * the like for the directory.
   */
  static async listen(operation: string, server: Server, given: string): Promise<PrivateSocket> {
    checkSocketPath(operation, given);
    // The working directory may be another one when the socket is closed.
    const path = resolve(given);
    try {
      if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw await pathInUse(operation, path);
      await bind(operation, server, path);
      const socket = new PrivateSocket(path);
      if (left.size === 0) process.once('exit', removeAll);
      left.add(socket);
      return socket;
    } catch (error) {
      if (server.listening) server.close();
      if (error instanceof MigrationError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      throw code === 'EEXIST' ? await pathInUse(operation, path) : refusal(operation, path, error);
    }
  }

  /**
   * Removes the socket's file, unless another has taken its place. To be called while the server still
   * listens: until then its inode exists, so that no other file can have the same number.
   */
  remove(): void {
    if (!left.delete(this)) return;
    if (left.size === 0) process.off('exit', removeAll);
    try {
      const there = lstatSync(this.#path, { bigint: true, throwIfNoEntry: false });
      if (there?.dev === this.#device && there.ino === this.#inode) unlinkSync(this.#path);
    } catch {
      // The directory was closed to us meanwhile. What is left there can be removed by whoever closed it.
    }
  }
}

function removeAll(): void {
  for (const socket of left) socket.remove();
}

async function bind(operation: string, server: Server, path: string): Promise<void> {
  const folder = mkdtempSync(join(dirname(path), '.pageferry-'));
  // libuv keeps the name that it bound till the end, when the number in it may be another directory's: so no name
  // that anybody else would give.
  const name = basename(folder);
  let descriptor: number | undefined;
  let socket: string | undefined;
  try {
    descriptor = openPrivate(operation, folder);
    const inside = onlyThis(folder, descriptor);
    socket = join(inside, name);
    // Binds before it returns. Exclusive: in a worker process of node:cluster the primary would bind, later.
    server.listen({ path: socket, exclusive: true });
    if (!server.listening) throw (await once(server, 'error'))[0];
    chmodSync(socket, 0o600);
    linkSync(socket, path);
  } finally {
    // Nothing is removed but what was made here: no removal that walks down into what has its name by now.
    if (socket !== undefined) attempt(unlinkSync, socket);
    if (descriptor !== undefined) closeSync(descriptor);
    attempt(rmdirSync, folder);
  }
}

/**
 * A path to a directory that stays the one which is open, whoever renames it: in a directory that others may write to,
 * its name may lead elsewhere at any moment. It is also short: the name to bind is longer than the path, and a
 * socket's must not be.
 */
function onlyThis(folder: string, descriptor: number): string {
  return process.platform === 'linux' ? `/proc/self/fd/${descriptor}` : folder;
}

/** What open(2) says when a name does not lead to the directory any more that was made a moment ago. */
const MOVED: readonly string[] = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'];

/** Opens the directory that was made a moment ago. @throws MigrationError EACCES when its name leads elsewhere now. */
function openPrivate(operation: string, folder: string): number {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    const { uid, mode } = fstatSync(descriptor);
    if (uid === process.geteuid?.() && (mode & 0o077) === 0) return descriptor;
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    // As below: it was there, a directory, and ours. Any other errno is what it says.
    if (!MOVED.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    descriptor = undefined;
  }
  if (descriptor !== undefined) closeSync(descriptor);
  throw new MigrationError(
    'EACCES',
    `path: '${folder}' was renamed or replaced while the socket was being created`,
    {
      operation,
      argument: 'path',
      advice: 'Choose a directory that you own, or one with the sticky bit, such as /tmp.',
    },
  );
}

function attempt(remove: (path: string) => void, path: string): void {
  try {
    remove(path);
  } catch {
    // Gone already, or in the hands of somebody who may remove it.
  }
}

const DIRECTORY_REFUSALS: Readonly<
  Record<string, readonly [code: ErrnoName, problem: string, advice: string]>
> = {
  ENOENT: ['ENOENT', 'does not exist', 'Create it with mode 0700.'],
  ENOTDIR: ['ENOTDIR', 'is not a directory', 'Choose a path in a directory.'],
  EACCES: ['EACCES', 'is not writable for this user', 'Choose a directory that you own.'],
  EROFS: ['EROFS', 'is on a read-only file system', 'Choose a writable one, such as /run or /tmp.'],
  ENOSPC: ['ENOSPC', 'is on a full file system', 'Free some space.'],
  EPERM: ['EPERM', 'is not writable (perhaps it is immutable)', 'Choose another one, such as /run or /tmp.'],
};

/** Of link(2) alone. */
const NO_LINKS = [
  'EPERM',
  'is on a file system without hard links',
  'Choose another one, such as /run or /tmp.',
] as const;

function refusal(operation: string, path: string, cause: unknown): MigrationError {
  const { code = '', message, syscall } = cause as NodeJS.ErrnoException;
  const known = code === 'EPERM' && syscall === 'link' ? NO_LINKS : DIRECTORY_REFUSALS[code];
  if (known === undefined) {
    return systemError(errnoOf(cause) || ERRNO.EIO, `path: cannot listen at '${path}': ${message}`, {
      operation,
      argument: 'path',
      cause,
    });
  }
  const [errno, problem, advice] = known;
  return new MigrationError(errno, `path: the directory '${dirname(path)}' ${problem}`, {
    operation,
    argument: 'path',
    advice,
    cause,
  });
}
