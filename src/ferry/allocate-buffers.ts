import { MigrationError } from '../common/migration-error.js';
import { PAGE_SIZE } from '../common/page.js';
import { MAX_REGION_SPANS } from '../linux/rescue/journal.js';
import type { MemoryMap } from '../linux/sys/memory-map.js';
import { preferNode } from '../linux/sys/mempolicy.js';
import { advise, MADV_DONTNEED } from '../linux/sys/mman.js';
import { type BufferSpan, MAX_BUFFER_BYTES, wholePages } from './adoptable.js';

export interface AllocatedBuffers {
  readonly buffers: readonly SharedArrayBuffer[];
  readonly spans: readonly BufferSpan[];
}

/** Bytes of a region, at most. A migration's journal has an entry for each of the region's buffers. */
export const MAX_ALLOCATION: number = MAX_REGION_SPANS * (MAX_BUFFER_BYTES - 2 * PAGE_SIZE);

/**
 * Allocates SharedArrayBuffers whose pages come from a NUMA node when they are first touched. Once released they are
 * ordinary memory, so nothing has to be unmapped under a program that still reads them.
 * @throws MigrationError ENOMEM
 */
export function allocateBuffers(bytes: number, numaNode: number, map: MemoryMap): AllocatedBuffers {
  const buffers: SharedArrayBuffer[] = [];
  const spans: BufferSpan[] = [];
  for (let base = 0; base < bytes; ) {
    const rest = bytes - base;
    // The last buffer has to hold a whole page, so the one before it may be a little smaller.
    const size = rest > MAX_BUFFER_BYTES ? Math.min(MAX_BUFFER_BYTES, rest - 2 * PAGE_SIZE) : rest;
    const buffer = allocateBuffer(size);
    const span = wholePages('allocate', buffer, base, map);
    // malloc may have used this memory before, so it may have pages on any node. They hold only zeros.
    advise(span.address, span.pages * PAGE_SIZE, MADV_DONTNEED);
    preferNode(span.address, span.pages * PAGE_SIZE, numaNode);
    buffers.push(buffer);
    spans.push(span);
    base += size;
  }
  return { buffers, spans };
}

function allocateBuffer(bytes: number): SharedArrayBuffer {
  try {
    return new SharedArrayBuffer(bytes);
  } catch (cause) {
    throw new MigrationError('ENOMEM', `failed to allocate a buffer of ${bytes} bytes`, {
      operation: 'allocate',
      argument: 'bytes',
      cause,
    });
  }
}
