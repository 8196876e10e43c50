import type { Host } from '../harness/host.js';

/** Why there can be no `kernel` row on this host; undefined when there can. */
export function noKernelRow({ nodes }: Pick<Host, 'nodes'>): string | undefined {
  if (!nodes.some(({ emulated }) => emulated)) return undefined;
  return 'move_pages(2) needs two NUMA nodes, and this host has one';
}
