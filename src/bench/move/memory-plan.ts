import { availableBytes } from '../../linux/sys/topology.js';
import type { HostNode } from '../harness/host.js';
import { notEnoughMemory, wholeHuge } from '../harness/memory-room.js';
import { maxBytes } from './cells.js';
import { type MoveOptions, memoryFactor } from './options.js';

/** Left to the pools' reserve, the heap, and other programs. */
const HEADROOM = 384 * 2 ** 20;
const COPY_RANGE_BYTES = 512 * 2 ** 20;
/** Less moves too fast to be measured. */
const MIN_BYTES = 4 * 2 ** 20;

export interface MemoryPlan {
  /** Bytes to move in each run: those requested, or what there is room for. */
  readonly bytes: number;
  /** Bytes of each of the two ranges that the plain copies are measured with. */
  readonly copyBytes: number;
}

/**
 * How many of the requested bytes this host has room for: the program's memory, a pool that can take the moved bytes on
 * the other node, and the two ranges of the plain copies.
 * @throws MigrationError ENOMEM when not even a few megabytes fit.
 */
export function planMemory(options: MoveOptions, from: HostNode, to: HostNode): MemoryPlan {
  const { layout, migrators, copyBytes: asked = COPY_RANGE_BYTES } = options;
  const bytes = maxBytes(options);
  // The kernel takes fresh pages of a node, in addition to those of the pool.
  const fresh = migrators.includes('kernel') ? 1 : 0;
  const here = memoryFactor(layout) + fresh;
  // In the alternate layout, the folios between are there already.
  const there = (layout === 'alternate' ? 2 : 1) + fresh;
  const shared = from.numaNode === to.numaNode;
  const room = availableBytes(from.numaNode) - HEADROOM;
  const roomThere = shared ? room : availableBytes(to.numaNode) - HEADROOM;
  const copyBytes = wholeHuge(Math.min(asked, Math.min(room, roomThere) / 8));
  const fits = wholeHuge(
    shared
      ? (room - 2 * copyBytes) / (here + 1)
      : Math.min((room - copyBytes) / here, (roomThere - copyBytes) / there),
  );
  if (fits < MIN_BYTES) throw notEnoughMemory('bench move', room);
  return { bytes: Math.min(bytes, fits), copyBytes };
}
