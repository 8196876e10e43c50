import { MigrationError } from '../../common/migration-error.js';
import { PMD_SIZE } from '../../common/page.js';
import { formatSize } from '../../common/size.js';

/** The largest multiple of 2 MiB that fits; 0 for a negative number. */
export function wholeHuge(bytes: number): number {
  return Math.max(0, Math.floor(bytes / PMD_SIZE) * PMD_SIZE);
}

export function notEnoughMemory(operation: string, available: number): MigrationError {
  const problem = `not enough memory: only ${formatSize(Math.max(0, available))} is available`;
  return new MigrationError('ENOMEM', problem, {
    operation,
    advice: 'Free some memory, or raise the limit of the container.',
  });
}

/** The note of a report whose bench moves fewer bytes than requested. */
export function loweredNote(requested: number, bytes: number): string {
  return `--bytes lowered from ${formatSize(requested)} to ${formatSize(bytes)}: not enough memory`;
}
