import { MigrationError } from '../../common/migration-error.js';
import { PMD_SIZE } from '../../common/page.js';
import { formatSize } from '../../common/size.js';
import { availableBytes } from '../../linux/sys/topology.js';
import type { HostNode } from '../harness/host.js';

/** Left alone: the pools' reserve, the heap, and whoever else runs here. */
const HEADROOM = 512 * 2 ** 20;
/** Each folio size, and the page tables, have a buffer, a pool that can take it, and what does not quite fit. */
const SHARES = 21;
/** Less than this moves too fast to say anything. */
const MIN_BYTES = 4 * 2 ** 20;

/**
 * Bytes of a migration: what was asked for, or what there is room for.
 * @throws MigrationError ENOMEM when not even a few megabytes fit.
 */
export function calibrationBytes(asked: number, nodes: readonly HostNode[]): number {
  const room = Math.min(...nodes.map(({ numaNode }) => availableBytes(numaNode))) - HEADROOM;
  const fits = Math.floor(room / SHARES / PMD_SIZE) * PMD_SIZE;
  if (fits < MIN_BYTES) {
    throw new MigrationError(
      'ENOMEM',
      `not enough memory: only ${formatSize(Math.max(0, room))} is available`,
      {
        operation: 'calibrate',
        advice: 'Free some memory, or raise the limit of the container.',
      },
    );
  }
  return Math.min(asked, fits);
}
