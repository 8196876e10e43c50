import { ERRNO } from '../../common/errno.js';
import { type Address, libc } from './libc.js';
import { mappedRanges } from './proc-maps.js';
import { ProcmapQuery } from './procmap-query.js';

const O_CLOEXEC = 0o2000000;

/** Queries the end of a mapping of this process, by the PROCMAP_QUERY ioctl, or on older kernels from /proc/self/maps. */
export class VmaQuery {
  readonly #fd: number;
  readonly #query = new ProcmapQuery();
  #supported = true;

  constructor() {
    this.#fd = libc().open('/proc/self/maps', O_CLOEXEC);
  }

  /**
   * Address after the mapping that covers `address`, if that is private, readable and writable memory without a file, as
   * migrated memory has to be. 0 if it is not, or if nothing is mapped there.
   */
  endOf(address: Address): Address {
    if (this.#supported && this.#fd >= 0) {
      const query = this.#query;
      const error = query.at(this.#fd, address);
      if (error === 0) return query.isPrivateMemory && !query.isExecutable ? query.end : 0;
      if (error === -ERRNO.ENOENT) return 0;
      this.#supported = false;
    }
    const [range] = mappedRanges(address, address + 1);
    return range?.permissions === 'rw-p' && !range.path.startsWith('/') ? range.end : 0;
  }

  close(): void {
    if (this.#fd >= 0) libc().close(this.#fd);
  }
}
