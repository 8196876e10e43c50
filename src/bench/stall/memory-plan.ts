import { MigrationError } from '../../common/migration-error.js';
import { PMD_SIZE } from '../../common/page.js';
import { formatSize } from '../../common/size.js';
import { availableBytes } from '../../linux/sys/topology.js';
import type { HostNode } from '../harness/host.js';

/** Left alone: the pools' reserve, the heap, and whoever else runs here. */
const HEADROOM = 384 * 2 ** 20;
/** The memory that is accessed, other memory that is migrated, and the pages that one of them moves to. */
const [HERE, THERE] = [2, 1];

/**
 * What of the bytes asked for this host has room for.
 * @throws MigrationError ENOMEM when not even `min` fit.
 */
export function planStallBytes(bytes: number, min: number, from: HostNode, to: HostNode): number {
  const room = availableBytes(from.numaNode) - HEADROOM;
  const shared = from.numaNode === to.numaNode;
  const share = shared
    ? room / (HERE + THERE)
    : Math.min(room / HERE, (availableBytes(to.numaNode) - HEADROOM) / THERE);
  const fits = Math.floor(share / PMD_SIZE) * PMD_SIZE;
  if (fits >= min) return Math.min(bytes, fits);
  throw new MigrationError(
    'ENOMEM',
    `not enough memory: only ${formatSize(Math.max(0, fits))} can be migrated`,
    {
      operation: 'bench stall',
      advice: 'Free some memory, or lower --batch-bytes.',
    },
  );
}
