import { createRequire } from 'node:module';
import { MigrationError } from '../../common/migration-error.js';

/** An address in this process. User-space addresses fit a double exactly. */
export type Address = number;

/**
 * The C library, called in process. Integers are always numbers (no BigInt on a hot path). `syscall` is for calls without a
 * wrapper. Every function returns what C returns. `errno()` explains a -1.
 */
export interface Libc {
  mmap(address: Address, bytes: number, prot: number, flags: number, fd: number, offset: number): Address;
  munmap(address: Address, bytes: number): number;
  mremap(address: Address, oldBytes: number, newBytes: number, flags: number, to: Address): Address;
  mprotect(address: Address, bytes: number, prot: number): number;
  madvise(address: Address, bytes: number, advice: number): number;
  memcpy(dst: Address, src: Address, bytes: number): Address;
  memcmp(a: Address, b: Address, bytes: number): number;
  ioctl(fd: number, request: number, argument: Address): number;
  open(path: string, flags: number): number;
  close(fd: number): number;
  lseek(fd: number, offset: number, whence: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  readlinkat(directory: number, path: Address, buffer: Address, bytes: number): number;
  fgetxattr(fd: number, name: Address, value: Address, bytes: number): number;
  read(fd: number, buffer: Address, bytes: number): number;
  write(fd: number, buffer: Address, bytes: number): number;
  pread(fd: number, buffer: Address, bytes: number, offset: number): number;
  usleep(microseconds: number): number;
  sched_yield(): number;
  sysconf(name: number): number;
  syscall(number: number, a: number, b: number, c: number, d: number, e: number, f: number): number;
  pthread_key_create(key: Address, destructor: Address): number;
  pthread_setspecific(key: number, value: Address): number;
  pthread_key_delete(key: number): number;
  pthread_attr_init(attributes: Address): number;
  pthread_attr_setdetachstate(attributes: Address, state: number): number;
  pthread_attr_setstacksize(attributes: Address, bytes: number): number;
  pthread_attr_destroy(attributes: Address): number;
  pthread_create(thread: Address, attributes: Address, routine: Address, argument: Address): number;
  /** The first real-time signal that the C library does not use itself. */
  sigrtmin(): number;
  eventfd(value: number, flags: number): number;
  sched_getcpu(): number;
  setpriority(which: number, who: number, nice: number): number;
  /** @param argv ends with null. Returns only if it fails. */
  execv(path: string, argv: readonly (string | null)[]): number;
  errno(): number;
  /** Calls machine code at `address` as a C function with three integer arguments and no result. */
  callable(address: Address): (a: number, b: number, c: number) => void;
  /** Address of the first byte of a typed array whose memory does not move (one over a SharedArrayBuffer). */
  addressOf(array: NodeJS.TypedArray): Address;
  /**
   * Memory at an address as an ArrayBuffer. It outlives the mapping. Drop every view before the memory is unmapped, because
   * a later access ends the process.
   */
  view(address: Address, bytes: number): ArrayBuffer;
}

let loaded: Libc | undefined;

/**
 * Binds the C library through koffi, whose binary comes in its npm package.
 * @throws MigrationError ENOSYS if this is not Linux on x64 or arm64, or if koffi cannot be loaded.
 */
export function libc(): Libc {
  loaded ??= bind();
  return loaded;
}

function bind(): Libc {
  const operation = 'openFerry';
  if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'arm64')) {
    throw new MigrationError(
      'ENOSYS',
      `real memory needs Linux on x64 or arm64, not ${process.platform} on ${process.arch}`,
      {
        operation,
        advice: 'Use Linux 6.8 or later.',
      },
    );
  }
  let koffi: typeof import('koffi');
  try {
    // Required, not imported: on a system without its binary the rest of pageferry must still load.
    koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  } catch (cause) {
    throw new MigrationError('ENOSYS', 'cannot load koffi, the foreign function interface', {
      operation,
      advice:
        "koffi's native binary is an optional dependency: reinstall without --omit=optional if it is missing. Node must " +
        'permit native code: no --no-addons, and --allow-addons with --permission.',
      cause,
    });
  }
  // null is the process itself, so it finds both glibc and musl.
  const library = koffi.load(null);
  const long = 'int64_t';
  const size = 'uintptr_t';
  return {
    mmap: library.func('mmap', size, [size, size, 'int', 'int', 'int', long]),
    munmap: library.func('munmap', 'int', [size, size]),
    mremap: library.func('mremap', size, [size, size, size, 'int', size]),
    mprotect: library.func('mprotect', 'int', [size, size, 'int']),
    madvise: library.func('madvise', 'int', [size, size, 'int']),
    memcpy: library.func('memcpy', size, [size, size, size]),
    memcmp: library.func('memcmp', 'int', [size, size, size]),
    ioctl: library.func('ioctl', 'int', ['int', 'uint32_t', size]),
    open: library.func('open', 'int', ['str', 'int']),
    close: library.func('close', 'int', ['int']),
    lseek: library.func('lseek', long, ['int', long, 'int']),
    fcntl: library.func('fcntl', 'int', ['int', 'int', size]),
    readlinkat: library.func('readlinkat', long, ['int', size, size, size]),
    fgetxattr: library.func('fgetxattr', long, ['int', size, size, size]),
    read: library.func('read', long, ['int', size, size]),
    write: library.func('write', long, ['int', size, size]),
    pread: library.func('pread', long, ['int', size, size, long]),
    usleep: library.func('usleep', 'int', ['uint32_t']),
    sched_yield: library.func('sched_yield', 'int', []),
    sysconf: library.func('sysconf', long, ['int']),
    syscall: library.func('syscall', long, [long, size, size, size, size, size, size]),
    pthread_key_create: library.func('pthread_key_create', 'int', [size, size]),
    pthread_setspecific: library.func('pthread_setspecific', 'int', ['uint32_t', size]),
    pthread_key_delete: library.func('pthread_key_delete', 'int', ['uint32_t']),
    pthread_attr_init: library.func('pthread_attr_init', 'int', [size]),
    pthread_attr_setdetachstate: library.func('pthread_attr_setdetachstate', 'int', [size, 'int']),
    pthread_attr_setstacksize: library.func('pthread_attr_setstacksize', 'int', [size, size]),
    pthread_attr_destroy: library.func('pthread_attr_destroy', 'int', [size]),
    pthread_create: library.func('pthread_create', 'int', [size, size, size, size]),
    sigrtmin: library.func('__libc_current_sigrtmin', 'int', []),
    eventfd: library.func('eventfd', 'int', ['uint32_t', 'int']),
    sched_getcpu: library.func('sched_getcpu', 'int', []),
    setpriority: library.func('setpriority', 'int', ['int', 'uint32_t', 'int']),
    execv: library.func('execv', 'int', ['str', 'const char **']),
    errno: () => koffi.errno(),
    callable: (address) => koffi.decode(BigInt(address), koffi.proto('void', [size, size, size])),
    addressOf: (array) => Number(koffi.address(array)),
    view: (address, bytes) => koffi.view(BigInt(address), bytes),
  };
}
