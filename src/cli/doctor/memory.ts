import { emulationNote, type Host } from '../../bench/harness/host.js';
import { formatSize } from '../../common/size.js';
import { readText } from '../../linux/sys/read-text.js';
import { numaNodes } from '../../linux/sys/topology.js';
import type { Check } from './check.js';

/** With less, the demo's default size does not fit. */
const COMFORTABLE = 1.5 * 2 ** 30;
const SETTINGS = '/sys/kernel/mm/transparent_hugepage';

export function checkMemory(): Check {
  const bytes = process.availableMemory();
  const found = `${formatSize(bytes)} available`;
  const details = { availableBytes: bytes };
  if (bytes >= COMFORTABLE) return { id: 'memory', status: 'ok', found, details };
  return {
    id: 'memory',
    status: 'limited',
    found,
    why: 'the demo and the benches need about twice the memory that they move, which does not fit.',
    advice: 'Free some memory, raise the limit of the container, or use a smaller --bytes.',
    details,
  };
}

/** A limit of the address space, if one is set. */
export function checkAddressSpace(): Check | undefined {
  const limit = readText('/proc/self/limits')?.match(/^Max address space\s+(\d+)/m)?.[1];
  if (limit === undefined) return undefined;
  return {
    id: 'address space',
    status: 'limited',
    found: `limited to ${formatSize(Number(limit))} (RLIMIT_AS)`,
    why: 'a ferry reserves four times its poolBytes of address space (not of memory).',
    advice: 'Run `ulimit -v unlimited`, or use small poolBytes and batchBytes.',
    details: { limitBytes: Number(limit) },
  };
}

/** The memory nodes. With one, migrations change pages, but not distances. */
export function checkNuma(host: Host): Check {
  const nodes = numaNodes();
  const described = nodes.map(({ id, totalBytes, cpus }) => {
    const where = cpus === '' ? 'no CPUs' : `CPUs ${cpus}`;
    // A node's own figure can omit memory that was plugged in later.
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

/** Transparent huge pages. Without them, a folio of 2M is 512 small pages that move together. */
export function checkHugePages(): Check {
  const id = 'huge pages';
  const enabled = chosen('enabled');
  const defrag = chosen('defrag');
  const details = { enabled: enabled ?? null, defrag: defrag ?? null };
  const limited = (found: string, why: string, advice: string): Check => {
    return { id, status: 'limited', found, why, advice, details };
  };
  const slow = 'folios of 2M consist of small pages, which migrate more slowly.';
  if (enabled === undefined) {
    return limited('not supported by this kernel', slow, 'Use a kernel with CONFIG_TRANSPARENT_HUGEPAGE.');
  }
  const found = `transparent: ${enabled}, defrag: ${defrag ?? 'unknown'}`;
  if (enabled === 'never') return limited(found, slow, `Run as root: echo madvise > ${SETTINGS}/enabled`);
  if (defrag === 'never') {
    const why = 'a huge page is available only while one is free.';
    return limited(found, why, `Run as root: echo madvise > ${SETTINGS}/defrag`);
  }
  return { id, status: 'ok', found, details };
}

/** The word in brackets of a setting such as `always [madvise] never`. */
function chosen(setting: string): string | undefined {
  return readText(`${SETTINGS}/${setting}`)?.match(/\[(\S+)\]/)?.[1];
}
