import { ERRNO } from '../../common/errno.js';
import { libc } from '../sys/libc.js';
import { ascii, decimalAt, hasAt } from '../sys/proc-text.js';
import { PROCMAP_QUERY, QUERY_BYTES, VMA_SHARED } from '../sys/procmap-query.js';
import { Scratch } from '../sys/scratch.js';
import { isHarmlessAnonymous } from './harmless-kinds.js';

const O_CLOEXEC = 0o2000000;
const ENOTTY = 25;

// include/uapi/linux/fs.h, as in procmap-query.ts
const COVERING_OR_NEXT_VMA = 0x10;
const FILE_BACKED_VMA = 0x20;
/** The kernel refuses a buffer in which a name does not fit (ENAMETOOLONG). PATH_MAX always suffices. */
const NAME_BYTES = 4096;
/** Kernels before 6.11 write whole lines of text, a page of them at a time. */
const TEXT_BYTES = 8192;

const ANONYMOUS = ascii('anon_inode:');
const RING = ascii('anon_inode:[io_uring]');
/** fs/aio.c: the ring of an I/O context, io_setup(2). */
const AIO = ascii('/[aio]');
const SOCKET = ascii('socket:');
const DMA_BUFFER = ascii('/dmabuf');
const DEVICE = ascii('/dev/');
const HARMLESS_DEVICES = ['/dev/zero', '/dev/shm/', '/dev/hugepages'].map(ascii);

/**
 * Shared mappings of files in this process. A mapping keeps its file open after the descriptor was closed. So it shows an
 * io_uring whose descriptor was registered and closed (IORING_REGISTER_RING_FDS), an I/O context of io_setup(2), which has
 * no descriptor at all, and devices that are used through memory.
 */
export class SharedMappings {
  readonly descriptor: number = libc().open('/proc/self/maps', O_CLOEXEC);
  readonly #query = new Scratch(QUERY_BYTES);
  readonly #name = new Scratch(Math.max(NAME_BYTES, TEXT_BYTES));
  readonly #bytes = new Uint8Array(this.#name.u32.buffer);
  #text: boolean;

  /** @param text Whether to read text, which kernels before 6.11 make necessary. */
  constructor(text = false) {
    this.#text = text;
  }

  /** Whether a mapping may pin, or is of an unknown kind. Rings with the first `count` inodes of `rings` are harmless. */
  suspicious(rings: Float64Array, count: number): boolean {
    if (this.descriptor < 0) return true;
    return this.#text ? this.#suspiciousText(rings, count) : this.#suspiciousQuery(rings, count);
  }

  close(): void {
    if (this.descriptor >= 0) libc().close(this.descriptor);
  }

  /** Costs some 65 ns a mapping of the process, and 1 µs a shared one. */
  #suspiciousQuery(rings: Float64Array, count: number): boolean {
    const c = libc();
    const query = this.#query;
    query.u32.fill(0);
    query.set64(0, QUERY_BYTES);
    query.set64(1, VMA_SHARED | COVERING_OR_NEXT_VMA | FILE_BACKED_VMA);
    query.set64(11, this.#name.address);
    for (;;) {
      query.u32[20] = NAME_BYTES;
      if (c.ioctl(this.descriptor, PROCMAP_QUERY, query.address) < 0) {
        const errno = c.errno();
        if (errno === ERRNO.ENOENT) return false;
        if (errno !== ENOTTY) return true;
        this.#text = true;
        return this.#suspiciousText(rings, count);
      }
      if (this.#isSuspicious(0, query.u32[20]! - 1, query.get64(8), rings, count)) return true;
      query.set64(2, query.get64(4));
    }
  }

  /** Costs some 1 µs a mapping. A line: "start-end perms offset major:minor inode          name". */
  #suspiciousText(rings: Float64Array, count: number): boolean {
    const c = libc();
    const bytes = this.#bytes;
    if (c.lseek(this.descriptor, 0, 0) < 0) return true;
    for (;;) {
      const length = c.read(this.descriptor, this.#name.address, TEXT_BYTES);
      if (length <= 0) return length < 0;
      for (let line = 0; line < length; ) {
        const end = bytes.indexOf(0x0a, line);
        // The kernel writes whole lines.
        if (end < 0 || end >= length) return true;
        const permissions = bytes.indexOf(0x20, line) + 1;
        if (bytes[permissions + 3] === 0x73 /* s */) {
          let field = permissions;
          for (let i = 0; i < 3; i++) field = bytes.indexOf(0x20, field) + 1;
          let name = bytes.indexOf(0x20, field);
          while (bytes[name] === 0x20) name++;
          if (this.#isSuspicious(name, end, decimalAt(bytes, field), rings, count)) return true;
        }
        line = end + 1;
      }
    }
  }

  /** Decides by the name, `bytes[from, end)`, and the inode of the mapping. */
  #isSuspicious(from: number, end: number, inode: number, rings: Float64Array, count: number): boolean {
    const bytes = this.#bytes;
    if (hasAt(bytes, from, RING)) {
      for (let i = 0; i < count; i++) if (rings[i] === inode) return false;
      return true;
    }
    if (hasAt(bytes, from, ANONYMOUS)) return !isHarmlessAnonymous(bytes, from + ANONYMOUS.length, end);
    if (hasAt(bytes, from, DEVICE)) return !HARMLESS_DEVICES.some((name) => hasAt(bytes, from, name));
    return hasAt(bytes, from, AIO) || hasAt(bytes, from, SOCKET) || hasAt(bytes, from, DMA_BUFFER);
  }
}
