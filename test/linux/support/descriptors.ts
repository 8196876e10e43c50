import { closeSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { libc } from '../../../src/linux/sys/libc.js';
import { Scratch } from '../../../src/linux/sys/scratch.js';

/** System calls that open what `node:fs` cannot (syscall_64.tbl; asm-generic/unistd.h). */
interface Numbers {
  readonly socket: number;
  readonly socketpair: number;
  readonly eventfd2: number;
  readonly epoll_create1: number;
  readonly timerfd_create: number;
  readonly signalfd4: number;
  readonly inotify_init1: number;
  readonly fanotify_init: number;
  readonly pidfd_open: number;
  readonly perf_event_open: number;
  readonly memfd_create: number;
  readonly pipe2: number;
  readonly mknodat: number;
  readonly dup3: number;
  readonly io_setup: number;
  readonly io_destroy: number;
  readonly bpf: number;
}

const X64: Numbers = {
  socket: 41,
  socketpair: 53,
  eventfd2: 290,
  epoll_create1: 291,
  timerfd_create: 283,
  signalfd4: 289,
  inotify_init1: 294,
  fanotify_init: 300,
  pidfd_open: 434,
  perf_event_open: 298,
  memfd_create: 319,
  pipe2: 293,
  mknodat: 259,
  dup3: 292,
  io_setup: 206,
  io_destroy: 207,
  bpf: 321,
};
const ARM64: Numbers = {
  socket: 198,
  socketpair: 199,
  eventfd2: 19,
  epoll_create1: 20,
  timerfd_create: 85,
  signalfd4: 74,
  inotify_init1: 26,
  fanotify_init: 262,
  pidfd_open: 434,
  perf_event_open: 241,
  memfd_create: 279,
  pipe2: 59,
  mknodat: 33,
  dup3: 24,
  io_setup: 0,
  io_destroy: 1,
  bpf: 280,
};
const numbers = process.arch === 'arm64' ? ARM64 : X64;

/** The result of a system call, or a negative errno. */
export function call(name: keyof Numbers, a = 0, b = 0, c = 0, d = 0, e = 0): number {
  const result = libc().syscall(numbers[name], a, b, c, d, e, 0);
  return result < 0 ? -libc().errno() : result;
}

/** A path or a name as system calls take it. To be held while its address is in use. */
export function text(value: string): Scratch {
  const scratch = new Scratch(Math.ceil((value.length + 1) / 8) * 8);
  new Uint8Array(scratch.u32.buffer).set(Buffer.from(value, 'latin1'));
  return scratch;
}

/** The kinds of descriptor that nobody pins by. Each opens one, or returns a negative errno. */
export const HARMLESS: Readonly<Record<string, () => number>> = {
  'a regular file': () => libc().open('/proc/self/exe', 0),
  'a file of procfs': () => libc().open('/proc/self/maps', 0),
  'a directory': () => libc().open('/', 0),
  'a name space': () => libc().open('/proc/self/ns/net', 0),
  '/dev/null': () => libc().open('/dev/null', 2),
  '/dev/zero': () => libc().open('/dev/zero', 2),
  '/dev/urandom': () => libc().open('/dev/urandom', 0),
  'a pseudo terminal': () => libc().open('/dev/ptmx', 2),
  'a device that is only a path (O_PATH)': () => libc().open('/dev/fuse', 0o10000000),
  'a memfd': () => call('memfd_create', NAME.address),
  'an eventfd': () => call('eventfd2'),
  'an epoll': () => call('epoll_create1'),
  'a timerfd': () => call('timerfd_create', 1),
  'a signalfd': () => call('signalfd4', 2 ** 32 - 1, MASK.address, 8),
  'an inotify': () => call('inotify_init1'),
  'a fanotify': () => call('fanotify_init'),
  'a pidfd': () => call('pidfd_open', process.pid),
  'a perf event': () => call('perf_event_open', softwareEvent(), 0, 2 ** 32 - 1, 2 ** 32 - 1),
  'a TCP socket': () => call('socket', 2, 1),
  'a UDP socket of IPv6': () => call('socket', 10, 2),
  'a stream socket of a path': () => call('socket', 1, 1),
  'a datagram socket of a path': () => call('socket', 1, 2),
  'a netlink socket': () => call('socket', 16, 3),
  'a packet socket': () => call('socket', 17, 3),
  'a vsock': () => call('socket', 40, 1),
};

const NAME = text('pageferry-test');
const MASK = new Scratch(8);
const EVENT = new Scratch(128);

/** struct perf_event_attr: PERF_TYPE_SOFTWARE, its size, PERF_COUNT_SW_CPU_CLOCK; of this thread, excluding the kernel. */
function softwareEvent(): number {
  EVENT.u32.fill(0);
  EVENT.u32[0] = 1;
  EVENT.u32[1] = 128;
  EVENT.u32[10] = 0x60;
  return EVENT.address;
}

/** Runs `use` with a folder of its own on the file system of the working directory. */
export function withFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(process.cwd(), '.cache-pf-'));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs `use` and closes the descriptor, whatever happens. */
export function withDescriptor(fd: number, use: () => void): void {
  try {
    use();
  } finally {
    closeSync(fd);
  }
}
