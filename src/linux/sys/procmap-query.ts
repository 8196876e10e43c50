import { type Address, libc } from './libc.js';
import { Scratch } from './scratch.js';

// include/uapi/linux/fs.h: _IOWR('f', 17, struct procmap_query), Linux 6.11
export const PROCMAP_QUERY = 0xc0686611;
export const QUERY_BYTES = 104;
const VMA_READABLE_WRITABLE = 0x3;
const VMA_ANY_ACCESS = 0x7;
const VMA_EXECUTABLE = 0x4;
export const VMA_SHARED = 0x8;

/**
 * An ioctl that describes the mapping of this process at an address. The kernel finds it in its tree of mappings, so a call
 * costs about 1 µs however many mappings there are. /proc/self/maps costs that for each of them.
 */
export class ProcmapQuery {
  readonly #query = new Scratch(QUERY_BYTES);

  /** Queries `fd`, a descriptor of /proc/self/maps. -ENOENT: nothing is mapped there. -ENOTTY: before Linux 6.11. */
  at(fd: number, address: Address): number {
    const c = libc();
    const query = this.#query;
    query.u32.fill(0);
    query.set64(0, QUERY_BYTES);
    query.set64(2, address);
    return c.ioctl(fd, PROCMAP_QUERY, query.address) === 0 ? 0 : -c.errno();
  }

  /** Address after the mapping that the last call found. */
  get end(): Address {
    return this.#query.get64(4);
  }

  /** Whether that mapping is private, readable and writable memory without a file. */
  get isPrivateMemory(): boolean {
    const flags = this.#query.get64(5);
    return (
      (flags & (VMA_READABLE_WRITABLE | VMA_SHARED)) === VMA_READABLE_WRITABLE && this.#query.get64(8) === 0
    );
  }

  /** Whether that mapping is reserved by V8 for memory that may grow: private, without a file, not accessible yet. */
  get isReserved(): boolean {
    return (this.#query.get64(5) & (VMA_ANY_ACCESS | VMA_SHARED)) === 0 && this.#query.get64(8) === 0;
  }

  get isExecutable(): boolean {
    return (this.#query.get64(5) & VMA_EXECUTABLE) !== 0;
  }
}
