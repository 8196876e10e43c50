import { type Address, libc } from '../libc.js';
import { mappedRanges } from '../proc-maps.js';
import { Scratch } from '../scratch.js';

// include/uapi/linux/fs.h: _IOWR('f', 17, struct procmap_query), Linux 6.11
const PROCMAP_QUERY = 0xc0686611;
const QUERY_BYTES = 104;
const VMA_READABLE_WRITABLE = 0x3;
const VMA_EXECUTABLE = 0x4;
const VMA_SHARED = 0x8;
const O_CLOEXEC = 0o2000000;

/** Where the mappings of this process end: one ioctl (PROCMAP_QUERY), or on older kernels the text of /proc/self/maps. */
export class VmaQuery {
  readonly #fd: number;
  readonly #query = new Scratch(QUERY_BYTES);
  #supported = true;

  constructor() {
    this.#fd = libc().open('/proc/self/maps', O_CLOEXEC);
  }

  /**
   * Address of the first byte after the mapping that covers `address`, if that is private, readable and writable memory
   * without a file, as migrated memory has to be; 0 if it is not, or nothing is mapped there.
   */
  endOf(address: Address): Address {
    const c = libc();
    if (this.#supported && this.#fd >= 0) {
      const query = this.#query;
      query.u32.fill(0);
      query.set64(0, QUERY_BYTES);
      query.set64(2, address);
      if (c.ioctl(this.#fd, PROCMAP_QUERY, query.address) === 0) {
        const flags = query.get64(5);
        const fits = (flags & (VMA_READABLE_WRITABLE | VMA_SHARED)) === VMA_READABLE_WRITABLE;
        return fits && (flags & VMA_EXECUTABLE) === 0 && query.get64(8) === 0 ? query.get64(4) : 0;
      }
      const ENOENT = 2;
      if (c.errno() === ENOENT) return 0;
      this.#supported = false;
    }
    const [range] = mappedRanges(address, address + 1);
    return range?.permissions === 'rw-p' && !range.path.startsWith('/') ? range.end : 0;
  }

  close(): void {
    if (this.#fd >= 0) libc().close(this.#fd);
  }
}
