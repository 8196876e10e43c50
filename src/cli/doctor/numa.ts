import { emulationNote, type Host } from '../../bench/harness/host.js';
import { formatSize } from '../../common/size.js';
import { numaNodes } from '../../linux/sys/topology.js';
import type { Check } from './check.js';

/** The memory nodes: at least two are needed for a page to come nearer or go further away. */
export function checkNuma(host: Host): Check {
  const nodes = numaNodes();
  const described = nodes.map(({ id, totalBytes, cpus }) => {
    const where = cpus === '' ? 'no CPUs' : `CPUs ${cpus}`;
    // Of memory that was plugged in later, a node's own figure can miss most.
    const bytes = nodes.length === 1 ? host.memoryBytes : totalBytes;
    return `node ${id}: ${formatSize(bytes)}, ${where}`;
  });
  const found = described.join('; ');
  const details = { nodes };
  const emulation = emulationNote(host);
  if (emulation === undefined) return { id: 'numa', status: 'ok', found, details };
  return {
    id: 'numa',
    status: 'limited',
    found,
    why:
      nodes.length > 1
        ? `the cpuset of this process has only one memory node, so ${emulation}.`
        : `this host has only one memory node, so ${emulation}.`,
    advice:
      nodes.length > 1
        ? 'Add memory nodes to its cpuset (cpuset.mems).'
        : 'Use a host with several sockets or a CXL memory expander. On x64, boot with numa=fake=2 to split the memory.',
    details,
  };
}
