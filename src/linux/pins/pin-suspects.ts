import { ERRNO } from '../../common/errno.js';
import { type Address, libc } from '../sys/libc.js';
import { ascii, decimalAt, hasAt } from '../sys/proc-text.js';
import { Scratch } from '../sys/scratch.js';
import { syscallNumbers } from '../sys/syscalls.js';
import { EventLoopRing } from './event-loop-ring.js';
import { isHarmlessAnonymous, isHarmlessDevice, isHarmlessProtocol } from './harmless-kinds.js';
import { PinnedMemory } from './pinned-memory.js';
import { SharedMappings } from './shared-mappings.js';

// include/uapi/asm-generic/fcntl.h; arch/arm64/include/uapi/asm/fcntl.h swaps these two
const O_DIRECT = process.arch === 'arm64' ? 0o200000 : 0o40000;
const O_DIRECTORY = process.arch === 'arm64' ? 0o40000 : 0o200000;
const O_CLOEXEC = 0o2000000;
const O_PATH = 0o10000000;
const F_GETFL = 3;
const SEEK_SET = 0;
const EISDIR = 21;

// include/uapi/linux/stat.h: struct statx, the same on every architecture
const STATX_BYTES = 256;
const STATX_TYPE_INODE = 0x1 | 0x100;
const AT_EMPTY_PATH = 0x1000;
const AT_STATX_DONT_SYNC = 0x4000;
const STATX_MODE = 0x1c / 4;
const STATX_INODE = 0x20 / 8;
const STATX_RDEV_MAJOR = 0x80 / 4;
const STATX_RDEV_MINOR = 0x84 / 4;
const S_IFMT = 0o170000;
const S_IFIFO = 0o010000;
const S_IFCHR = 0o020000;
const S_IFBLK = 0o060000;
const S_IFREG = 0o100000;
const S_IFSOCK = 0o140000;

// struct linux_dirent64, getdents64(2)
const DIRENT_LENGTH = 16;
const DIRENT_NAME = 19;
const LISTING_BYTES = 32768;
/** Longer than every known name. */
const LINK_BYTES = 96;
const ANONYMOUS_INODE = ascii('anon_inode:');
const RING = ascii('[io_uring]');
/** The name of a socket's protocol (net/socket.c, sockfs_xattr_handler). */
const PROTOCOL_ATTRIBUTE = 'system.sockprotoname';
const PROTOCOL_BYTES = 64;

/** Descriptors from this number on have no hint of their last type. */
const HINTS = 65536;
const MAX_RINGS = 1024;
const KNOWN_SOCKETS = 4096;
/**
 * Nanoseconds between two reads of the mappings. A read takes 15 to 40 µs. It shows only what no longer has a descriptor,
 * such as a ring whose descriptor was closed, and that state lasts.
 */
const MAPPINGS_NS = 10_000_000;

export type PinCause =
  | 'unknown (not reported by this kernel)'
  | 'pinned memory'
  | 'a direct file'
  | 'an io_uring'
  | 'an anonymous inode'
  | 'a socket'
  | 'a device'
  | 'a mapping';

/**
 * Reports whether a device, or the kernel, could be writing to this process's memory by a pin (get_user_pages). A pin
 * bypasses the page tables: moving or write-protecting a page does not stop it. Nothing shows whether a page is pinned. But
 * a pin needs an open descriptor, or a mapping, or it is counted as pinned memory. docs/reliability.md lists what counts,
 * and what cannot be seen.
 *
 * When to call it. For pages that were unmapped: after they have left the program, and *before the copy begins*. A pin from
 * before the move then still has its descriptor, or its I/O has ended and the copy includes what it wrote. After the copy,
 * the answer would miss an I/O that wrote after the copy and closed its descriptor. For pages that are copied in place:
 * after the write protection is on, and before the copy, because a pin for writing waits for the protection as every writer
 * does.
 *
 * It may run while pages are unmapped. So it must not need anything that a thread may hold while it sleeps in one of them.
 * That excludes the inode lock (stat(2) of a tmpfs file takes it), the socket lock (getsockopt(2) takes it if a BPF program
 * is attached), the pipe mutex (F_GETPIPE_SZ takes it) and the file position lock (lseek(2) takes it). It also excludes a
 * file system that this process may serve itself (FUSE). So the type of each descriptor comes from a copy_file_range(2)
 * that must fail.
 *
 * It costs 7 µs, and about 1 µs a descriptor, 2.5 µs for an anonymous inode, and 10 µs for the io_uring of an event loop.
 * It skips pageferry's own descriptors (`trust`).
 */
export class PinSuspects {
  /** Descriptors that the last call read. */
  descriptors = 0;
  readonly #directory: number;
  readonly #pinned = new PinnedMemory();
  readonly #mappings = new SharedMappings();
  readonly #loopRing = new EventLoopRing();
  readonly #listing = new Scratch(LISTING_BYTES);
  readonly #entries = new Uint8Array(this.#listing.u32.buffer);
  readonly #link = new Scratch(LINK_BYTES);
  readonly #linkBytes = new Uint8Array(this.#link.u32.buffer);
  readonly #status = new Scratch(STATX_BYTES);
  /** The attribute's name. The NUL behind it is the empty path for statx(2). */
  readonly #attribute = new Scratch(PROTOCOL_BYTES);
  readonly #protocol = new Scratch(PROTOCOL_BYTES);
  readonly #protocolBytes = new Uint8Array(this.#protocol.u32.buffer);
  /** 1 if the descriptor led to an anonymous inode at the last call. Its link shows whether it still does. */
  readonly #wasAnonymous = new Uint8Array(HINTS);
  readonly #trusted = new Uint8Array(HINTS);
  /** Inodes of sockets with a harmless protocol, each in the slot of its lower bits. A socket keeps its protocol. */
  readonly #knownSockets = new Float64Array(KNOWN_SOCKETS);
  readonly #rings = new Float64Array(MAX_RINGS);
  #ringCount = 0;
  #ringSum = 0;
  #mappedRingSum = -1;
  #mappingsCheckedAt = Number.NEGATIVE_INFINITY;
  readonly #numbers = syscallNumbers();
  readonly #usable: boolean;
  #cause: PinCause | undefined;
  #descriptor = -1;

  /** `directory` lists this process's descriptors. */
  constructor(directory = '/proc/self/fd') {
    this.#directory = libc().open(directory, O_CLOEXEC | O_DIRECTORY);
    new Uint8Array(this.#attribute.u32.buffer).set(ascii(PROTOCOL_ATTRIBUTE));
    for (const own of [this.#directory, this.#pinned, this.#mappings, this.#loopRing]) {
      this.trust(typeof own === 'number' ? own : own.descriptor);
    }
    this.#usable = this.#directory >= 0 && this.#pinned.descriptor >= 0 && this.#tellsTypes();
  }

  /** Marks a descriptor that cannot pin and stays open while this object is in use, so that no file reuses its number. */
  trust(descriptor: number): void {
    if (descriptor >= 0 && descriptor < HINTS) this.#trusted[descriptor] = 1;
  }

  /** The cause of the last `mayPin`. Undefined if it returned false. */
  get cause(): PinCause | undefined {
    return this.#cause;
  }

  /** The descriptor that the last call found, or -1. */
  get descriptor(): number {
    return this.#descriptor;
  }

  /** Whether a pin is possible now. Also true if /proc cannot be read, or if the kernel answers in an unknown way. */
  mayPin(): boolean {
    this.descriptors = 0;
    this.#descriptor = -1;
    this.#cause = this.#usable ? this.#findCause() : 'unknown (not reported by this kernel)';
    return this.#cause !== undefined;
  }

  close(): void {
    if (this.#directory >= 0) libc().close(this.#directory);
    this.#pinned.close();
    this.#mappings.close();
    this.#loopRing.close();
  }

  #findCause(): PinCause | undefined {
    if (this.#pinned.kilobytes() !== 0) return 'pinned memory';
    return this.#checkDescriptors() ?? this.#checkMappings();
  }

  #checkDescriptors(): PinCause | undefined {
    const c = libc();
    this.#ringCount = 0;
    this.#ringSum = 0;
    if (c.lseek(this.#directory, 0, SEEK_SET) < 0) return 'unknown (not reported by this kernel)';
    for (;;) {
      const { address } = this.#listing;
      const bytes = c.syscall(this.#numbers.getdents64, this.#directory, address, LISTING_BYTES, 0, 0, 0);
      if (bytes === 0) return undefined;
      if (bytes < 0) return 'unknown (not reported by this kernel)';
      for (let at = 0; at < bytes; ) {
        const name = at + DIRENT_NAME;
        // Not '.' and '..'.
        const fd = decimalAt(this.#entries, name);
        if (fd >= 0) {
          this.descriptors++;
          const cause = this.#trusted[fd] === 1 ? undefined : this.#kindOf(fd, address + name);
          if (cause !== undefined) {
            this.#descriptor = fd;
            return cause;
          }
        }
        at += this.#entries[at + DIRENT_LENGTH]! | (this.#entries[at + DIRENT_LENGTH + 1]! << 8);
      }
    }
  }

  #checkMappings(): PinCause | undefined {
    const now = performance.now() * 1e6;
    if (this.#mappedRingSum === this.#ringSum && now < this.#mappingsCheckedAt + MAPPINGS_NS)
      return undefined;
    if (this.#mappings.suspicious(this.#rings, this.#ringCount)) {
      this.#mappedRingSum = -1;
      return 'a mapping';
    }
    this.#mappedRingSum = this.#ringSum;
    this.#mappingsCheckedAt = now;
    return undefined;
  }

  /** Why the descriptor, whose number is written at `name`, may pin. A descriptor that was closed since does not. */
  #kindOf(fd: number, name: Address): PinCause | undefined {
    if (fd < HINTS && this.#wasAnonymous[fd] === 1) {
      if (this.#readLink(name) && hasAt(this.#linkBytes, 0, ANONYMOUS_INODE)) return this.#anonymous(name);
      this.#wasAnonymous[fd] = 0;
    }
    switch (this.#typeOf(fd)) {
      case EISDIR:
        return undefined;
      // A regular file, or one that was opened with O_PATH, or was closed since.
      case ERRNO.EBADF:
        return this.#regular(fd);
      case ERRNO.EINVAL:
        return this.#special(fd, name);
      default:
        return 'unknown (not reported by this kernel)';
    }
  }

  /**
   * The errno of copy_file_range(2) for a copy of 0 bytes to a file that is not open for writing. It checks the types first
   * (fs/read_write.c, generic_file_rw_checks): EISDIR for a directory, EINVAL for anything else that is not a regular file,
   * and EBADF if only the other end prevents the copy.
   */
  #typeOf(fd: number): number {
    const c = libc();
    c.syscall(this.#numbers.copy_file_range, fd, 0, this.#pinned.descriptor, 0, 0, 0);
    return c.errno();
  }

  /** Whether this kernel answers as described for a directory, a regular file and an anonymous inode. */
  #tellsTypes(): boolean {
    const c = libc();
    const event = c.syscall(this.#numbers.eventfd2, 0, O_CLOEXEC, 0, 0, 0, 0);
    if (event < 0) return false;
    const told =
      this.#typeOf(this.#directory) === EISDIR &&
      this.#typeOf(this.#pinned.descriptor) === ERRNO.EBADF &&
      this.#typeOf(event) === ERRNO.EINVAL;
    c.close(event);
    return told;
  }

  #regular(fd: number): PinCause | undefined {
    const flags = libc().fcntl(fd, F_GETFL, 0);
    if (flags < 0 || (flags & O_PATH) !== 0) return undefined;
    return (flags & O_DIRECT) !== 0 ? 'a direct file' : undefined;
  }

  /** Not for a regular file: there statx(2) takes a lock that a writer holds while it reads its buffer. */
  #special(fd: number, name: Address): PinCause | undefined {
    const c = libc();
    const status = this.#status;
    const empty = this.#attribute.address + PROTOCOL_ATTRIBUTE.length;
    const flags = AT_EMPTY_PATH | AT_STATX_DONT_SYNC;
    if (c.syscall(this.#numbers.statx, fd, empty, flags, STATX_TYPE_INODE, status.address, 0) !== 0) {
      return c.errno() === ERRNO.EBADF ? undefined : 'unknown (not reported by this kernel)';
    }
    switch (status.u32[STATX_MODE]! & S_IFMT) {
      case S_IFIFO:
        return undefined;
      case S_IFSOCK:
        return this.#socket(fd, status.get64(STATX_INODE));
      case S_IFCHR:
        return isHarmlessDevice(status.u32[STATX_RDEV_MAJOR]!, status.u32[STATX_RDEV_MINOR]!)
          ? undefined
          : 'a device';
      // Its page cache copies, but its ioctls (SG_IO and the like) do not.
      case S_IFBLK:
        return 'a device';
      case S_IFREG:
        return this.#regular(fd);
      case 0:
        if (!this.#readLink(name)) return undefined;
        if (!hasAt(this.#linkBytes, 0, ANONYMOUS_INODE)) return 'an anonymous inode';
        if (fd < HINTS) this.#wasAnonymous[fd] = 1;
        return this.#anonymous(name);
      default:
        return 'unknown (not reported by this kernel)';
    }
  }

  #socket(fd: number, inode: number): PinCause | undefined {
    const slot = inode % KNOWN_SOCKETS;
    if (this.#knownSockets[slot] === inode) return undefined;
    const c = libc();
    const length = c.fgetxattr(fd, this.#attribute.address, this.#protocol.address, PROTOCOL_BYTES);
    if (length < 0) return c.errno() === ERRNO.EBADF ? undefined : 'a socket';
    // The kernel counts the name's NUL.
    if (!isHarmlessProtocol(this.#protocolBytes, length - 1)) return 'a socket';
    this.#knownSockets[slot] = inode;
    return undefined;
  }

  /** The link was already read. */
  #anonymous(name: Address): PinCause | undefined {
    const bytes = this.#linkBytes;
    const from = ANONYMOUS_INODE.length;
    const end = this.#linkEnd;
    if (isHarmlessAnonymous(bytes, from, end)) return undefined;
    if (end !== from + RING.length || !hasAt(bytes, from, RING)) return 'an anonymous inode';
    const inode = this.#loopRing.inode(name);
    if (inode < 0 || this.#ringCount === MAX_RINGS) return 'an io_uring';
    this.#rings[this.#ringCount++] = inode;
    this.#ringSum += inode;
    return undefined;
  }

  #linkEnd = 0;

  /** Reads the target of /proc/self/fd/NAME into #linkBytes[0, #linkEnd). False if it was closed. */
  #readLink(name: Address): boolean {
    this.#linkEnd = libc().readlinkat(this.#directory, name, this.#link.address, LINK_BYTES);
    return this.#linkEnd > 0;
  }
}
