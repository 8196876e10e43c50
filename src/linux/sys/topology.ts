import { readdirSync, readFileSync } from 'node:fs';
import { freemem } from 'node:os';

const NODES = '/sys/devices/system/node';

/** A NUMA node of this host, as sysfs has it. */
export interface NumaNode {
  readonly id: number;
  /** Bytes of memory. */
  readonly totalBytes: number;
  /** CPUs, e.g. `0-15`; empty for a memory-only node (a CXL expander). */
  readonly cpus: string;
}

/** The NUMA nodes that this process may have memory of: those of the host, less what its cpuset forbids. */
export function allowedNumaNodes(): NumaNode[] {
  const line = read('/proc/self/status').match(/^Mems_allowed_list:\s*(\S+)/m)?.[1];
  const nodes = numaNodes();
  if (line === undefined) return nodes;
  const allowed = parseIdList(line);
  const mine = nodes.filter(({ id }) => allowed.has(id));
  return mine.length > 0 ? mine : nodes;
}

/** MAX_NUMNODES of the largest kernel there is. */
const MAX_IDS = 1024;

/** A list as the kernel writes it, such as `0-3,8`: its ids, as far as they are below 1024; nothing of other text. */
export function parseIdList(text: string): Set<number> {
  const ids = new Set<number>();
  for (const part of text.split(',')) {
    const [, from, to = from] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    if (from === undefined) continue;
    const last = Math.min(Number(to), MAX_IDS - 1);
    for (let id = Number(from); id <= last; id++) ids.add(id);
  }
  return ids;
}

/** The NUMA nodes that have memory, by id. A kernel without NUMA has one: node 0. */
export function numaNodes(): NumaNode[] {
  let names: string[];
  try {
    names = readdirSync(NODES).filter((name) => /^node\d+$/.test(name));
  } catch {
    names = [];
  }
  const nodes = names
    .map((name) => Number(name.slice(4)))
    .sort((a, b) => a - b)
    .map((id) => ({
      id,
      totalBytes: meminfo(id, 'MemTotal'),
      cpus: read(`${NODES}/node${id}/cpulist`).trim(),
    }))
    .filter((node) => node.totalBytes > 0);
  const only = nodes.length > 1 ? undefined : (nodes[0] ?? { id: 0, cpus: '' });
  // Where memory was plugged in later, node 0's own figures can miss most of it.
  return only === undefined
    ? nodes
    : [{ ...only, totalBytes: parseField(read('/proc/meminfo'), 'MemTotal') }];
}

let hostNodes: number | undefined;

/**
 * Bytes that a node can still give without the kernel having to swap or kill: free, and clean page cache.
 *
 * A host with one node is asked as a whole, as for `numaNodes`.
 */
export function availableBytes(numaNode: number): number {
  hostNodes ??= numaNodes().length;
  // A process without descriptors: sysinfo(2) needs none, and knows of no nodes and of no control group.
  const host = read('/proc/meminfo');
  if (host === '') return freemem() / hostNodes;
  const free =
    hostNodes === 1
      ? parseField(host, 'MemAvailable')
      : meminfo(numaNode, 'MemFree') + meminfo(numaNode, 'Inactive(file)');
  // A control group may allow this process less than the host has.
  return Math.min(free, process.availableMemory());
}

function meminfo(numaNode: number, name: string): number {
  return parseField(read(`${NODES}/node${numaNode}/meminfo`) || read('/proc/meminfo'), name);
}

/** Bytes of a field of a meminfo file, which has kilobytes; 0 where it has none. */
export function parseField(text: string, name: string): number {
  const line = text.split('\n').find((l) => l.includes(`${name}:`));
  const kilobytes = Number(line?.match(/:\s*(\d{1,15})\s*kB/)?.[1] ?? 0);
  return Math.min(kilobytes * 1024, Number.MAX_SAFE_INTEGER);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
