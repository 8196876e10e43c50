import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { syscallNumbers } from '../../src/linux/sys/syscalls.js';

test('system call numbers are those of the architecture', () => {
  // arch/x86/entry/syscalls/syscall_64.tbl
  assert.deepEqual(
    { ...syscallNumbers('x64') },
    {
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
  );
  // include/uapi/asm-generic/unistd.h, which arm64 uses
  assert.deepEqual(
    { ...syscallNumbers('arm64') },
    {
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
  );
  assert.deepEqual(syscallNumbers(), syscallNumbers(process.arch));
});

test('an architecture without numbers is an error', () => {
  for (const arch of ['ia32', 'riscv64', '']) assert.throws(() => syscallNumbers(arch), RangeError);
});

/** include/uapi/asm-generic/ioctl.h, the same on x64 and arm64. */
function ioctl(
  direction: 'none' | 'write' | 'read' | 'both',
  type: number,
  nr: number,
  size: number,
): number {
  const bits = { none: 0, write: 1, read: 2, both: 3 }[direction];
  return bits * 2 ** 30 + size * 2 ** 16 + type * 2 ** 8 + nr;
}

test('ioctl numbers are what the headers make of direction, type, number and size', () => {
  // The numbers are private to their files, so it is their text that is looked at.
  const source = (file: string): string =>
    readFileSync(new URL(`../../src/linux/${file}`, import.meta.url), 'utf8');
  const constant = (file: string, name: string): number => {
    const value = source(file).match(new RegExp(`const ${name} = (0x[0-9a-f]+);`))?.[1];
    assert.ok(value !== undefined, `${name} is not in ${file}`);
    return Number(value);
  };
  const table: readonly [string, string, number][] = [
    // include/uapi/linux/userfaultfd.h
    ['userfaultfd/userfaultfd.js', 'UFFDIO_API', ioctl('both', 0xaa, 0x3f, 24)],
    ['userfaultfd/userfaultfd.js', 'UFFDIO_REGISTER', ioctl('both', 0xaa, 0x00, 32)],
    ['userfaultfd/userfaultfd.js', 'UFFDIO_UNREGISTER', ioctl('read', 0xaa, 0x01, 16)],
    ['userfaultfd/userfaultfd.js', 'UFFDIO_WAKE', ioctl('read', 0xaa, 0x02, 16)],
    ['userfaultfd/userfaultfd.js', 'UFFDIO_COPY', ioctl('both', 0xaa, 0x03, 40)],
    ['userfaultfd/userfaultfd.js', 'UFFDIO_ZEROPAGE', ioctl('both', 0xaa, 0x04, 32)],
    ['userfaultfd/userfaultfd.js', 'UFFDIO_MOVE', ioctl('both', 0xaa, 0x05, 40)],
    ['userfaultfd/userfaultfd.js', 'USERFAULTFD_IOC_NEW', ioctl('none', 0xaa, 0x00, 0)],
    // include/uapi/linux/fs.h
    ['sys/pagemap.js', 'PAGEMAP_SCAN', ioctl('both', 'f'.charCodeAt(0), 16, 96)],
    ['sys/procmap-query.js', 'PROCMAP_QUERY', ioctl('both', 'f'.charCodeAt(0), 17, 104)],
  ];
  for (const [file, name, number] of table) assert.equal(constant(file, name), number, name);
});
