import { type Address, libc } from '../sys/libc.js';
import { afterKey, ascii, decimalAt, hasAt } from '../sys/proc-text.js';
import { Scratch } from '../sys/scratch.js';
import { syscallNumbers } from '../sys/syscalls.js';

const O_CLOEXEC = 0o2000000;
const O_DIRECTORY = process.arch === 'arm64' ? 0o40000 : 0o200000;
/** A ring with nothing queued has 400 bytes of fdinfo. Each queued entry adds a line. */
const BYTES = 16384;

const INODE = ascii('ino:\t');
/** The output of io_uring_show_fdinfo() (io_uring/fdinfo.c) for libuv's ring (uv__iou_init, src/unix/linux.c). */
const SHAPE: readonly (readonly [key: Uint8Array, value: Uint8Array])[] = [
  [ascii('SqMask:\t'), ascii('0xff\n')],
  [ascii('CqMask:\t'), ascii('0x1ff\n')],
  [ascii('SqThread:\t'), ascii('-1\n')],
  [ascii('UserFiles:\t'), ascii('0\n')],
  [ascii('UserBufs:\t'), ascii('0\n')],
];

/**
 * Distinguishes the io_uring of a Node event loop from those of the program. Since libuv 1.49 (Node 22.12) every thread of
 * Node has one. libuv uses it only for epoll_ctl(2), which touches no memory of the program. If such rings counted, every
 * process could pin.
 *
 * The ring is recognised by its shape: 256 entries, no kernel thread, no registered file, no registered buffer. A ring of
 * the program with the same shape can pin only for one I/O, on a file that is open with O_DIRECT or on a device, and those
 * count by themselves. The kernel reports less about a ring that is busy at that moment. Such a ring counts.
 */
export class EventLoopRing {
  readonly descriptor: number = libc().open('/proc/self/fdinfo', O_CLOEXEC | O_DIRECTORY);
  readonly #text = new Scratch(BYTES);
  readonly #bytes = new Uint8Array(this.#text.u32.buffer);
  readonly #openat = syscallNumbers().openat;

  /** Inode number of the ring whose descriptor is written at `name`. -1 if it is not a ring of an event loop. */
  inode(name: Address): number {
    const c = libc();
    const file = c.syscall(this.#openat, this.descriptor, name, O_CLOEXEC, 0, 0, 0);
    if (file < 0) return -1;
    const length = c.read(file, this.#text.address, BYTES);
    c.close(file);
    if (length <= 0) return -1;
    for (let i = 0; i < SHAPE.length; i++) {
      const [key, value] = SHAPE[i]!;
      const at = afterKey(this.#bytes, length, key);
      if (at < 0 || !hasAt(this.#bytes, at, value)) return -1;
    }
    const at = afterKey(this.#bytes, length, INODE);
    return at < 0 ? -1 : decimalAt(this.#bytes, at);
  }

  close(): void {
    if (this.descriptor >= 0) libc().close(this.descriptor);
  }
}
