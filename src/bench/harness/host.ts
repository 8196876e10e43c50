import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { allowedNumaNodes } from '../../linux/sys/topology.js';

export interface HostNode {
  readonly id: number;
  readonly numaNode: number;
  /** The node shares its NUMA node with another. Migrations change the pages, not the distance. */
  readonly emulated: boolean;
}

/** The measured machine; part of every report. */
export interface Host {
  readonly kernel: string;
  readonly arch: string;
  readonly cpuModel: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly nodeVersion: string;
  /** The nodes of a ferry opened with `nodes: 'auto'`. */
  readonly nodes: readonly HostNode[];
}

export function describeHost(): Host {
  return {
    kernel: `${type()} ${release()}`,
    arch: process.arch,
    cpuModel: cpus()[0]?.model.trim() || 'unknown',
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    nodeVersion: process.version,
    nodes: autoNodes(),
  };
}

/** The note for nodes that share a NUMA node; undefined when none do. */
export function emulationNote({ nodes }: Host): string | undefined {
  const notes = nodes
    .filter(({ emulated }) => emulated)
    .map(({ id, numaNode }) => `node ${id} is emulated on NUMA node ${numaNode}`);
  if (notes.length === 0) return undefined;
  return `${notes.join(', ')}: pages are moved, but the distance does not change`;
}

function autoNodes(): HostNode[] {
  const nodes = allowedNumaNodes().map(({ id }) => ({ id, numaNode: id, emulated: false }));
  const only = nodes[0]!;
  return nodes.length > 1 ? nodes : [only, { id: only.id + 1, numaNode: only.numaNode, emulated: true }];
}

/** Bytes of `poolBytes` in addition to those that are moved, for partly filled chunks of the pools. */
export const POOL_SLACK: number = 64 * 2 ** 20;
