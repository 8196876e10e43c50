/** System call numbers (arch/x86/entry/syscalls/syscall_64.tbl; include/uapi/asm-generic/unistd.h). */
interface SyscallNumbers {
  readonly userfaultfd: number;
  readonly mbind: number;
  readonly get_mempolicy: number;
  readonly move_pages: number;
  readonly process_vm_writev: number;
  readonly futex: number;
  readonly clock_gettime: number;
  readonly msync: number;
  readonly sched_setaffinity: number;
  readonly sched_getaffinity: number;
  readonly getdents64: number;
  readonly openat: number;
  readonly eventfd2: number;
  readonly copy_file_range: number;
  readonly statx: number;
  readonly gettid: number;
  readonly tgkill: number;
}

const NUMBERS: Readonly<Record<string, SyscallNumbers>> = {
  x64: {
    userfaultfd: 323,
    mbind: 237,
    get_mempolicy: 239,
    move_pages: 279,
    process_vm_writev: 311,
    futex: 202,
    clock_gettime: 228,
    msync: 26,
    sched_setaffinity: 203,
    sched_getaffinity: 204,
    getdents64: 217,
    openat: 257,
    eventfd2: 290,
    copy_file_range: 326,
    statx: 332,
    gettid: 186,
    tgkill: 234,
  },
  arm64: {
    userfaultfd: 282,
    mbind: 235,
    get_mempolicy: 236,
    move_pages: 239,
    process_vm_writev: 271,
    futex: 98,
    clock_gettime: 113,
    msync: 227,
    sched_setaffinity: 122,
    sched_getaffinity: 123,
    getdents64: 61,
    openat: 56,
    eventfd2: 19,
    copy_file_range: 285,
    statx: 291,
    gettid: 178,
    tgkill: 131,
  },
};

/** The numbers of this process's architecture. `libc()` has already refused other architectures. */
export function syscallNumbers(arch: string = process.arch): SyscallNumbers {
  const numbers = NUMBERS[arch];
  if (numbers === undefined) throw new RangeError(`unsupported architecture ${arch}`);
  return numbers;
}
