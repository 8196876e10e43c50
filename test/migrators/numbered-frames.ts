import assert from 'node:assert/strict';
import { ERRNO } from '../../src/common/errno.js';
import { CpuMigrator } from '../../src/migrators/cpu.js';
import { ErrorMigrator, type ErrorMigratorLimits } from '../../src/migrators/error/error.js';
import type { ErrorMigratorOptions } from '../../src/migrators/error/error-options.js';
import type { CopyPort } from '../../src/mm/ports/machine.js';
import type { CopyList, Migrator } from '../../src/offload/migrator.js';
import { copyList, type FolioTriple } from '../ferry/support/copy-list.js';

/** Frames that each hold a number, their own at first. */
export class NumberedFrames implements CopyPort {
  readonly content = Uint32Array.from({ length: 1024 }, (_, frame) => frame);
  readonly poisoned = new Set<number>();

  copyFrames(dst: number, src: number, pages: number): number {
    for (let frame = src; frame < src + pages; frame++) if (this.poisoned.has(frame)) return -ERRNO.EHWPOISON;
    this.content.copyWithin(dst, src, src + pages);
    return 0;
  }

  at(first: number, count = 1): number[] {
    return [...this.content.subarray(first, first + count)];
  }
}

/** Fails the test when it sleeps, unless told how to. */
export function errorMigrator(
  options: ErrorMigratorOptions,
  inner: Migrator = new CpuMigrator(),
  limits: Partial<ErrorMigratorLimits> = {},
): ErrorMigrator {
  const never = (): never => assert.fail('nobody was to sleep');
  return new ErrorMigrator(inner, options, { timeoutMs: never, sleep: never, ...limits });
}

/** `count` single pages, from 10 … to 100 …. */
export function pages(count: number): CopyList {
  return copyList(...Array.from({ length: count }, (_, i): FolioTriple => [100 + i, 10 + i, 0]));
}
