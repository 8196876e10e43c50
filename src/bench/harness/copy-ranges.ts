import { MigrationError } from '../../common/migration-error.js';
import { bindToNode } from '../../linux/sys/mempolicy.js';
import { advise, MADV_HUGEPAGE, MADV_POPULATE_WRITE, type Mapping, reserve } from '../../linux/sys/mman.js';

/** Two ranges of present memory on huge pages, for measuring copies. */
export class CopyRanges {
  /** Bytes of each. */
  readonly bytes: number;
  readonly #from: Mapping;
  readonly #to: Mapping;

  /** @param bytes A multiple of 2 MiB, many times the size of the caches. @throws MigrationError ENOMEM */
  constructor(bytes: number, fromNumaNode: number, toNumaNode: number) {
    this.bytes = bytes;
    this.#from = populated(bytes, fromNumaNode);
    try {
      this.#to = populated(bytes, toNumaNode);
    } catch (error) {
      this.#from.unmap();
      throw error;
    }
  }

  get from(): number {
    return this.#from.address;
  }

  get to(): number {
    return this.#to.address;
  }

  close(): void {
    this.#from.unmap();
    this.#to.unmap();
  }
}

function populated(bytes: number, numaNode: number): Mapping {
  const mapping = reserve(bytes);
  bindToNode(mapping.address, bytes, numaNode);
  advise(mapping.address, bytes, MADV_HUGEPAGE);
  const result = advise(mapping.address, bytes, MADV_POPULATE_WRITE);
  if (result === 0) return mapping;
  mapping.unmap();
  throw new MigrationError(-result, `failed to allocate two ranges of ${bytes} bytes for the plain copy`, {
    operation: 'copy limit',
    advice: 'Free some memory, or lower --bytes.',
  });
}
