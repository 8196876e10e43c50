/**
 * Linux error numbers that pageferry reports. x64 and arm64 have the same ones (include/uapi/asm-generic/errno-base.h and
 * errno.h). They do not come from `os.constants`, so the pipeline uses the same numbers on every system that simulates it.
 * @see {@link OwnMigrator} for an example
 */
export const ERRNO = {
  /** Operation not permitted. */
  EPERM: 1,
  /** No such file, parameter or page. */
  ENOENT: 2,
  /** No such process. */
  ESRCH: 3,
  /** Interrupted system call. */
  EINTR: 4,
  /** Input/output error, or a failed ferry. */
  EIO: 5,
  /** No such device or address. */
  ENXIO: 6,
  /** Argument too long. */
  E2BIG: 7,
  /** Bad file descriptor, or a closed ferry. */
  EBADF: 9,
  /** Try again. */
  EAGAIN: 11,
  /** Out of memory. */
  ENOMEM: 12,
  /** Permission denied. */
  EACCES: 13,
  /** Bad address. */
  EFAULT: 14,
  /** In use. */
  EBUSY: 16,
  /** Exists already. */
  EEXIST: 17,
  /** Cross-device link. */
  EXDEV: 18,
  /** No such device, node or migrator. */
  ENODEV: 19,
  /** Not a directory. */
  ENOTDIR: 20,
  /** Is a directory. */
  EISDIR: 21,
  /** Invalid argument. */
  EINVAL: 22,
  /** Too many open files in the system. */
  ENFILE: 23,
  /** Too many open files in the process. */
  EMFILE: 24,
  /** Inappropriate ioctl for the device. */
  ENOTTY: 25,
  /** No space left. */
  ENOSPC: 28,
  /** Read-only file system. */
  EROFS: 30,
  /** Broken pipe. */
  EPIPE: 32,
  /** Name too long. */
  ENAMETOOLONG: 36,
  /** Not implemented by this system. */
  ENOSYS: 38,
  /** Too many symbolic links. */
  ELOOP: 40,
  /** Operation not supported. */
  EOPNOTSUPP: 95,
  /** Address in use. */
  EADDRINUSE: 98,
  /** Address not available. */
  EADDRNOTAVAIL: 99,
  /** Timed out. */
  ETIMEDOUT: 110,
  /** Stale: the memory or batch no longer exists. */
  ESTALE: 116,
  /** Structure needs cleaning: a violated invariant. */
  EUCLEAN: 117,
  /** Canceled. */
  ECANCELED: 125,
  /** Memory page has a hardware error. */
  EHWPOISON: 133,
} as const;

/**
 * @see {@link index!MigrationError | MigrationError} for an example
 */
export type ErrnoName = keyof typeof ERRNO;

const NAMES = new Map<number, ErrnoName>(
  Object.entries(ERRNO).map(([name, number]) => [number, name as ErrnoName]),
);

/**
 * The name of an error number: its errno name, or `errno 71` for a number that pageferry does not expect.
 * @see {@link MigrationError} for an example
 */
export type ErrorCode = ErrnoName | `errno ${number}`;

/** The name of a positive error number. `errno 71` for a number that is not in the table. */
export function errnoName(errno: number): ErrorCode {
  return NAMES.get(errno) ?? `errno ${errno}`;
}
