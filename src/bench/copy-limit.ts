import { type CopyRoutine, copyRoutine } from '../linux/copy.js';
import { bindToNode } from '../linux/mempolicy.js';
import { advise, MADV_HUGEPAGE, MADV_POPULATE_WRITE, type Mapping, reserve } from '../linux/mman.js';
import { MigrationError } from '../mm/migration-error.js';
import { gigabytesPerSecond } from './summary.js';

/**
 * What no migration of this host can beat: a plain copy of the same bytes, in chunks of the same size, by the
 * same routine, between two ranges that are there already, on huge pages.
 */
export class CopyLimit {
  readonly #copy: CopyRoutine = copyRoutine('fast');
  readonly #from: Mapping;
  readonly #to: Mapping;

  /** `bytes` is a multiple of 2 MiB, and many times what the caches hold. @throws MigrationError ENOMEM */
  constructor(bytes: number, fromNumaNode: number, toNumaNode: number) {
    this.#from = populated(bytes, fromNumaNode);
    this.#to = populated(bytes, toNumaNode);
  }

  /** One pass over the whole range, in GB/s. */
  measure(chunk: number): number {
    const { address: from, bytes } = this.#from;
    const { address: to } = this.#to;
    const started = performance.now();
    for (let offset = 0; offset < bytes; offset += chunk) {
      this.#copy(to + offset, from + offset, Math.min(chunk, bytes - offset));
    }
    return gigabytesPerSecond(bytes, (performance.now() - started) * 1e6);
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
  throw new MigrationError(-result, `no memory to measure a plain copy with: ${bytes} bytes, twice`, {
    operation: 'copy limit',
    advice: 'Free some memory, or lower --bytes.',
  });
}
