import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import { systemError } from '../../common/system-error.js';
import { libc } from '../../linux/sys/libc.js';
import {
  advise,
  MADV_DONTFORK,
  MADV_NOHUGEPAGE,
  MADV_POPULATE_WRITE,
  type Mapping,
  reserve,
} from '../../linux/sys/mman.js';
import type { DmaAddress } from '../channel.js';
import { DESCRIPTOR_BYTES } from './descriptor.js';

/**
 * Bytes between two records. A record fills half a cache line. With a line each, writes of the device do not disturb
 * the neighbour.
 */
const RECORD_STRIDE = 64;

/**
 * The descriptors of a queue and their completion records. They have a mapping of their own, not a SharedArrayBuffer,
 * for three reasons. The device may write a record long after nobody references it. After a fork a record's page would
 * be shared copy-on-write, and the device's write would fault (MADV_DONTFORK prevents it). And its pages have to be
 * present before the device uses them.
 */
export class QueueMemory {
  /** Descriptor `i` begins at word `16 * i`. */
  readonly descriptors: Uint32Array;
  /** Record `i` begins at word `16 * i`. */
  readonly records: Int32Array;
  readonly #mapping: Mapping;
  readonly #recordsAt: DmaAddress;

  /** @throws MigrationError ENOMEM */
  constructor(capacity: number) {
    const recordsOffset = capacity * DESCRIPTOR_BYTES;
    const bytes = Math.ceil((recordsOffset + capacity * RECORD_STRIDE) / PAGE_SIZE) * PAGE_SIZE;
    const mapping = reserve(Math.ceil(bytes / PMD_SIZE) * PMD_SIZE);
    advise(mapping.address, bytes, MADV_NOHUGEPAGE);
    advise(mapping.address, bytes, MADV_DONTFORK);
    const populated = advise(mapping.address, bytes, MADV_POPULATE_WRITE);
    if (populated !== 0) {
      mapping.unmap();
      const problem = 'cannot populate the memory for the descriptors of a queue';
      throw systemError(-populated, problem, { operation: 'openIdxd' });
    }
    const buffer = libc().view(mapping.address, bytes);
    this.descriptors = new Uint32Array(buffer, 0, recordsOffset / 4);
    this.records = new Int32Array(buffer, recordsOffset, (capacity * RECORD_STRIDE) / 4);
    this.#mapping = mapping;
    this.#recordsAt = mapping.address + recordsOffset;
  }

  descriptorAddress(index: number): DmaAddress {
    return this.#mapping.address + index * DESCRIPTOR_BYTES;
  }

  recordAddress(index: number): DmaAddress {
    return this.#recordsAt + index * RECORD_STRIDE;
  }

  /** Frees the memory. Nothing may be in flight, and neither array may be touched again. */
  unmap(): void {
    this.#mapping.unmap();
  }
}

/** Word of `QueueMemory.records` at which record `index` begins. */
export function recordWord(index: number): number {
  return index * (RECORD_STRIDE / 4);
}
