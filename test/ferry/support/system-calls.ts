import { libc } from '../../../src/linux/sys/libc.js';

// include/uapi/asm-generic/mman-common.h
export const MADV_DONTNEED = 4;
export const MADV_HUGEPAGE = 14;
export const MADV_NOHUGEPAGE = 15;
export const MADV_COLD = 20;
export const MADV_PAGEOUT = 21;
export const PROT_READ = 1;
export const PROT_READ_WRITE = 3;

/** System calls that the engine has no use for (syscall_64.tbl; asm-generic/unistd.h). */
interface Numbers {
  readonly mlock: number;
  readonly munlock: number;
  readonly prctl: number;
  readonly prlimit64: number;
  readonly vmsplice: number;
  readonly wait4: number;
}

const X64: Numbers = { mlock: 149, munlock: 150, prctl: 157, prlimit64: 302, vmsplice: 278, wait4: 61 };
const ARM64: Numbers = { mlock: 228, munlock: 229, prctl: 167, prlimit64: 261, vmsplice: 75, wait4: 260 };

const numbers = process.arch === 'arm64' ? ARM64 : X64;

/** A system call of a test's own. @throws Error with the errno */
export function call(name: keyof Numbers, a: number, b: number, c = 0, d = 0): number {
  const result = libc().syscall(numbers[name], a, b, c, d, 0, 0);
  if (result < 0) throw new Error(`${name}: errno ${libc().errno()}`);
  return result;
}

/** madvise(2). @throws Error with the errno */
export function advise(address: number, bytes: number, advice: number): void {
  if (libc().madvise(address, bytes, advice) !== 0) throw new Error(`madvise: errno ${libc().errno()}`);
}

/** mprotect(2). @throws Error with the errno */
export function protect(address: number, bytes: number, prot: number): void {
  if (libc().mprotect(address, bytes, prot) !== 0) throw new Error(`mprotect: errno ${libc().errno()}`);
}
