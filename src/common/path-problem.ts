import { dirname } from 'node:path';

/** The problems of a path that cannot be written, by their errnos. */
export const PATH_PROBLEMS = {
  EACCES: 'is not writable for this user',
  ELOOP: 'has too many symbolic links',
  ENAMETOOLONG: 'has too long a name',
  ENOENT: 'does not exist',
  ENOSPC: 'is on a full file system',
  ENOTDIR: 'is not a directory',
  EPERM: 'is not writable (perhaps it is immutable)',
  EROFS: 'is on a read-only file system',
  ETXTBSY: 'is a program that is running',
} as const;

/** The problem that a call for `path` reports with this errno, as a sentence. Undefined for other errnos. */
export function pathProblem(code: string, path: string): string | undefined {
  if (!Object.hasOwn(PATH_PROBLEMS, code)) return undefined;
  const problem = PATH_PROBLEMS[code as keyof typeof PATH_PROBLEMS];
  return `'${code === 'ENOTDIR' ? dirname(path) : path}' ${problem}`;
}
