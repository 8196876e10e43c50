/**
 * Linux error numbers that pageferry reports. They are the same on x64 and arm64
 * (include/uapi/asm-generic/errno-base.h and errno.h), and they are spelled out here, not taken from
 * `os.constants`, so that the pipeline means the same on every system it is simulated on.
 */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ENOSPC: 28,
  EROFS: 30,
  EPIPE: 32,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ELOOP: 40,
  EOPNOTSUPP: 95,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ETIMEDOUT: 110,
  ESTALE: 116,
  EUCLEAN: 117,
  ECANCELED: 125,
  EHWPOISON: 133,
} as const;

export type ErrnoName = keyof typeof ERRNO;

const NAMES = new Map<number, ErrnoName>(
  Object.entries(ERRNO).map(([name, number]) => [number, name as ErrnoName]),
);

/** How an error number is named: by its errno name, or as `errno 71` where pageferry does not expect that number. */
export type ErrorCode = ErrnoName | `errno ${number}`;

/** The name of a positive error number; `errno 71` for one that is not in the table. */
export function errnoName(errno: number): ErrorCode {
  return NAMES.get(errno) ?? `errno ${errno}`;
}
