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
import { PATH_PROBLEMS } from '../../common/path-problem.js';
import { errnoOf, systemError } from '../../common/system-error.js';
import { boundNameOf, checkSocketPath, MAX_PATH_BYTES, pathInUse } from './socket-path.js';

/** Sockets to remove when the process or worker thread ends without closing them. */
const left = new Set<PrivateSocket>();

/**
 * A Unix socket at a path, to which nobody but its owner (and root) can connect at any moment.
 *
 * The socket is created in a directory that only the owner may enter, set to 0600 there, and then linked to its path. A
 * umask would not do. It belongs to the whole process, so files of other threads would get it too, and a worker thread
 * cannot change it (process.umask throws there). The link has two more advantages. It fails if the path exists. And libuv,
 * which at close removes whatever has the name that it bound, finds nothing to remove.
 *
 * The kernel checks the mode at connect(2). A second check of the peer's uid (SO_PEERCRED) would check the same thing at
 * the same moment, and need a descriptor that Node does not document. It would also forbid an owner to change the mode for
 * a group.
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
   * Makes the server listen at a path that does not exist yet.
   * @throws MigrationError EINVAL, ENAMETOOLONG; EADDRINUSE that names what is there; ENOENT, ENOTDIR, EACCES and the like
   * for the directory.
   */
  static async listen(operation: string, server: Server, given: string): Promise<PrivateSocket> {
    checkSocketPath(operation, given);
    // The working directory may have changed when the socket is closed.
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
   * Removes the socket's file, unless another file has taken its place. Call it while the server still listens: until then
   * its inode exists, so no other file can have the same number.
   */
  remove(): void {
    if (!left.delete(this)) return;
    if (left.size === 0) process.off('exit', removeAll);
    try {
      const there = lstatSync(this.#path, { bigint: true, throwIfNoEntry: false });
      if (there?.dev === this.#device && there.ino === this.#inode) unlinkSync(this.#path);
    } catch {
      // The directory has become inaccessible. A user who changed it can remove the file.
    }
  }
}

function removeAll(): void {
  for (const socket of left) socket.remove();
}

async function bind(operation: string, server: Server, path: string): Promise<void> {
  const folder = mkdtempSync(join(dirname(path), '.pageferry-'));
  // libuv keeps the bound path until close, when its descriptor number may belong to another directory. So the name must be
  // one that nobody else uses.
  const unique = basename(folder);
  let descriptor: number | undefined;
  let socket: string | undefined;
  try {
    descriptor = openPrivate(operation, folder);
    const inside = onlyThis(folder, descriptor);
    socket = join(inside, boundName(inside, unique, path));
    // Binds before it returns. Exclusive: in a worker process of node:cluster the primary would bind, and later.
    server.listen({ path: socket, exclusive: true });
    if (!server.listening) throw (await once(server, 'error'))[0];
    chmodSync(socket, 0o600);
    linkSync(socket, path);
  } finally {
    // Removes only files made here. A recursive removal could descend into a directory that has taken the name.
    if (socket !== undefined) attempt(unlinkSync, socket);
    if (descriptor !== undefined) closeSync(descriptor);
    attempt(rmdirSync, folder);
  }
}

/**
 * The name to bind: the unique one, and the path for which it is, if that fits. The kernel shows it to people and programs
 * that look for the socket of a process (/proc/net/unix), because it never learns the path.
 */
function boundName(folder: string, unique: string, path: string): string {
  const name = boundNameOf(unique, path);
  return Buffer.byteLength(join(folder, name)) <= MAX_PATH_BYTES ? name : unique;
}

/**
 * A path that leads to the open directory even if somebody renames it. In a directory that others may write to, its name
 * may lead elsewhere at any moment. The path is also short: the bound name is longer than the given path, and a socket's
 * name has a limit.
 */
function onlyThis(folder: string, descriptor: number): string {
  return process.platform === 'linux' ? `/proc/self/fd/${descriptor}` : folder;
}

/** Errors of open(2) if a name no longer leads to the directory that was just created. */
const MOVED: readonly string[] = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'];

/** Opens the directory that was just created. @throws MigrationError EACCES if its name leads elsewhere now. */
function openPrivate(operation: string, folder: string): number {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    const { uid, mode } = fstatSync(descriptor);
    if (uid === process.geteuid?.() && (mode & 0o077) === 0) return descriptor;
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    // The same problem as below: it was there, a directory, and ours. Any other errno is a problem of its own.
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
    // Already removed, or owned by somebody who may remove it.
  }
}

const OTHER_DIRECTORY = 'Choose another one, such as /run or /tmp.';

/** The remedy, by the errno of a call that creates the socket in its directory. */
const DIRECTORY_ADVICE = {
  ENOENT: 'Create it with mode 0700.',
  ENOTDIR: 'Choose a path in a directory.',
  EACCES: 'Choose a directory that you own.',
  EROFS: 'Choose a writable one, such as /run or /tmp.',
  ENOSPC: 'Free some space.',
  EPERM: OTHER_DIRECTORY,
} as const satisfies Partial<Record<ErrnoName, string>>;

/** EPERM of link(2). */
const NO_LINKS = 'is on a file system without hard links';

function refusal(operation: string, path: string, cause: unknown): MigrationError {
  const { code = '', message, syscall } = cause as NodeJS.ErrnoException;
  if (!Object.hasOwn(DIRECTORY_ADVICE, code)) {
    return systemError(errnoOf(cause) || ERRNO.EIO, `path: cannot listen at '${path}': ${message}`, {
      operation,
      argument: 'path',
      cause,
    });
  }
  const errno = code as keyof typeof DIRECTORY_ADVICE;
  const problem = errno === 'EPERM' && syscall === 'link' ? NO_LINKS : PATH_PROBLEMS[errno];
  const advice = DIRECTORY_ADVICE[errno];
  return new MigrationError(errno, `path: the directory '${dirname(path)}' ${problem}`, {
    operation,
    argument: 'path',
    advice,
    cause,
  });
}
