import { availableBytes } from '../linux/topology.js';

/** Bytes that a NUMA node can give to this process; a container's own limit counts too. */
export function availableOn(numaNode: number): number {
  return Math.min(availableBytes(numaNode), process.availableMemory());
}
