import { ERRNO } from '../../common/errno.js';
import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import { systemError } from '../../common/system-error.js';
import { type Address, libc } from './libc.js';
import { syscallNumbers } from './syscalls.js';

// include/uapi/asm-generic/mman-common.h and mman.h
const PROT_READ_WRITE = 0x3;
const MAP_PRIVATE = 0x02;
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;
/** Linux 4.17: maps at this address or fails (EEXIST). */
const MAP_FIXED_NOREPLACE = 0x100000;
// include/uapi/asm-generic/mman-common.h
const MS_ASYNC = 1;
export const MADV_DONTNEED = 4;
export const MADV_DONTFORK = 10;
export const MADV_DOFORK = 11;
/** Linux 2.6.32: ksmd may merge pages with equal content, or must not any more. */
export const MADV_MERGEABLE = 12;
export const MADV_UNMERGEABLE = 13;
export const MADV_HUGEPAGE = 14;
export const MADV_NOHUGEPAGE = 15;
/** Linux 4.14: a child gets zeros. Without effect with MADV_DONTFORK. */
export const MADV_WIPEONFORK = 18;
export const MADV_KEEPONFORK = 19;
/** Linux 5.4: on a part of a huge page, it splits the page into base pages. */
export const MADV_COLD = 20;
/** Linux 5.4 */
export const MADV_PAGEOUT = 21;
/** Linux 5.14: faults pages in for reading. An error if they cannot be read. */
export const MADV_POPULATE_READ = 22;
/** Linux 5.14: faults pages in for writing, and breaks copy-on-write sharing. */
export const MADV_POPULATE_WRITE = 23;
/** Linux 6.1: copies small pages onto a huge page, at once. */
export const MADV_COLLAPSE = 25;

/** A private anonymous mapping of the engine's own. Its start is aligned to 2 MiB. */
export interface Mapping {
  readonly address: Address;
  readonly bytes: number;
  unmap(): void;
}

/** mmap(2) returns ENOMEM for each of these. */
const ADDRESS_ADVICE =
  'Possible limits are RLIMIT_AS (ulimit -v), vm.max_map_count and vm.overcommit_memory = 2. Raise the limit, or ' +
  'lower batchBytes and poolBytes.';

/** Reserves address space for `bytes`, a multiple of 2 MiB, but no memory. @throws MigrationError: the errno of mmap(2) */
export function reserve(bytes: number): Mapping {
  const c = libc();
  const whole = bytes + PMD_SIZE;
  const start = c.mmap(0, whole, PROT_READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  // MAP_FAILED is (void *)-1, which is beyond every address that a double holds exactly.
  if (start > Number.MAX_SAFE_INTEGER) {
    const errno = c.errno();
    throw systemError(errno, `cannot reserve ${bytes} bytes of address space`, {
      operation: 'openFerry',
      ...(errno === ERRNO.ENOMEM ? { advice: ADDRESS_ADVICE } : {}),
    });
  }
  const address = Math.ceil(start / PMD_SIZE) * PMD_SIZE;
  // With PR_SET_MEMORY_MERGE every mapping is mergeable, and UFFDIO_MOVE cannot move a merged page.
  advise(address, bytes, MADV_UNMERGEABLE);
  return { address, bytes, unmap: () => void c.munmap(start, whole) };
}

/** Maps fresh private memory at `address` if nothing is mapped there. Returns whether it did. */
export function fillHole(address: Address, bytes: number): boolean {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
  return libc().mmap(address, bytes, PROT_READ_WRITE, flags, -1, 0) === address;
}

/** madvise(2); returns 0 or a negative errno. */
export function advise(address: Address, bytes: number, advice: number): number {
  const c = libc();
  return c.madvise(address, bytes, advice) === 0 ? 0 : -c.errno();
}

/**
 * Whether every page of a range is mapped: msync(2) with MS_ASYNC returns ENOMEM for a hole, and does nothing else. It looks
 * at mappings and not at pages, so a call costs about a microsecond.
 */
export function isMapped(address: Address, bytes: number): boolean {
  return libc().syscall(syscallNumbers().msync, address, bytes, MS_ASYNC, 0, 0, 0) === 0;
}

/** Splits the huge page at an address into base pages. One page of it is aged, and nothing else changes. */
export function splitHugePage(address: Address): void {
  advise(address, PAGE_SIZE, MADV_COLD);
}
