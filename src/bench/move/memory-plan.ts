import { availableBytes } from '../../linux/topology.js';
import { MigrationError } from '../../mm/migration-error.js';
import { PMD_SIZE } from '../../mm/page.js';

import type { HostNode } from '../host.js';
import { formatSize } from '../size.js';

/** Left alone: the pools' reserve, the heap, and whoever else runs here. */
const HEADROOM = 384 * 2 ** 20;
const COPY_LIMIT_BYTES = 512 * 2 ** 20;
/** Less than this moves too fast to say anything. */
const LEAST_BYTES = 4 * 2 ** 20;

export interface MemoryPlan {
  /** Bytes to move in each run: what was asked for, or what there is room for. */
  readonly bytes: number;
  /** Bytes of each of the two ranges that the plain copy is measured with. */
  readonly copyBytes: number;
}

/**
 * What of `bytes` this host has room for: `factor` times as much program memory on one node, a pool that can
 * take the moved bytes on the other, and the two ranges of the plain copy.
 * @throws MigrationError ENOMEM when not even a few megabytes fit.
 */
export function planMemory(bytes: number, factor: number, from: HostNode, to: HostNode): MemoryPlan {
  const shared = from.numaNode === to.numaNode;
  const room = availableBytes(from.numaNode) - HEADROOM;
  const roomThere = shared ? room : availableBytes(to.numaNode) - HEADROOM;
  const copyBytes = wholeHuge(Math.min(COPY_LIMIT_BYTES, Math.min(room, roomThere) / 8));
  const copies = shared ? 2 : 1;
  const fitsHere = (room - copies * copyBytes) / (shared ? factor + 1 : factor);
  const fits = wholeHuge(Math.min(fitsHere, shared ? fitsHere : roomThere - copyBytes));
  if (fits < LEAST_BYTES) {
    throw new MigrationError('ENOMEM', `only ${formatSize(Math.max(0, room))} of memory to measure with`, {
      operation: 'bench move',
      advice: 'Free some memory, or raise the limit of the container.',
    });
  }
  return { bytes: Math.min(bytes, fits), copyBytes };
}

function wholeHuge(bytes: number): number {
  return Math.max(0, Math.floor(bytes / PMD_SIZE) * PMD_SIZE);
}
