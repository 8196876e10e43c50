import { readdirSync, readFileSync } from 'node:fs';
import { freemem } from 'node:os';

const NODES = '/sys/devices/system/node';

/** A NUMA node of this host, from sysfs. */
export interface NumaNode {
  readonly id: number;
  readonly totalBytes: number;
  /** CPUs, such as `0-15`. Empty for a memory-only node (a CXL expander). */
  readonly cpus: string;
}

/** The NUMA nodes whose memory this process may use: those of the host that its cpuset allows. */
export function allowedNumaNodes(): NumaNode[] {
  const line = read('/proc/self/status').match(/^Mems_allowed_list:\s*(\S+)/m)?.[1];
  const nodes = numaNodes();
  if (line === undefined) return nodes;
  const allowed = parseIdList(line);
  const mine = nodes.filter(({ id }) => allowed.has(id));
  return mine.length > 0 ? mine : nodes;
}

/** The largest MAX_NUMNODES of any kernel. */
const MAX_IDS = 1024;

/** Parses a list of the kernel, such as `0-3,8`. Ids from 1024 on and other text are ignored. */
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

/** The NUMA nodes with memory, by id. A kernel without NUMA has one: node 0. */
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
  // If memory was plugged in later, node 0's own figures can miss most of it.
  return only === undefined
    ? nodes
    : [{ ...only, totalBytes: parseField(read('/proc/meminfo'), 'MemTotal') }];
}

let hostNodes: number | undefined;

/**
 * Bytes that a node can still provide before the kernel has to swap or kill: free memory and clean page cache. On a host
 * with one node they are the host's, as in `numaNodes`.
 */
export function availableBytes(numaNode: number): number {
  hostNodes ??= numaNodes().length;
  // The process has no free descriptors. sysinfo(2) needs none, but knows neither nodes nor control groups.
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

/** Bytes of a field in a meminfo file, which has kilobytes. 0 if the field is missing. */
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
