import { MigrationError } from '../mm/migration-error.js';
import { PAGE_SIZE, PMD_PAGES, PMD_SIZE } from '../mm/page.js';
import type { Address } from './libc.js';
import { bindToNode } from './mempolicy.js';
import { advise, MADV_DONTFORK, MADV_NOHUGEPAGE, type Mapping, reserve } from './mman.js';
import { NodePool } from './node-pool.js';
import type { Pagemap } from './pagemap.js';
import type { Userfaultfd } from './userfaultfd.js';

export interface LinuxNode {
  readonly numaNode: number;
  /** Base pages that the node may hold at most; Infinity: what the host has. */
  readonly capacityPages: number;
}

/**
 * The pools of all nodes, side by side in one reservation: a frame's number is its place there, so its address
 * and its node follow without a look-up.
 */
export class NodePools {
  readonly all: readonly NodePool[];
  readonly #memory: Mapping;
  readonly #poolPages: number;
  readonly #uffd: Userfaultfd;

  /**
   * @param pages base pages that may be in a pool at once.
   * @throws MigrationError ENOMEM (no address space), or as mbind or the registration was refused.
   */
  constructor(nodes: readonly LinuxNode[], pages: number, uffd: Userfaultfd, pagemap: Pagemap) {
    // Twice what may be in a pool at once, so that holes stay together, and a little for odd ends.
    const chunks = Math.ceil((2 * pages) / PMD_PAGES) + 8;
    this.#uffd = uffd;
    this.#poolPages = chunks * PMD_PAGES;
    this.#memory = reserve(nodes.length * chunks * PMD_SIZE);
    const { address, bytes } = this.#memory;
    advise(address, bytes, MADV_NOHUGEPAGE);
    // A child process that shared the pool copy-on-write would make its pages immovable.
    advise(address, bytes, MADV_DONTFORK);
    const made: NodePool[] = [];
    try {
      for (const [index, node] of nodes.entries()) {
        const start = address + index * chunks * PMD_SIZE;
        bind(start, chunks * PMD_SIZE, node, nodes);
        const firstFrame = index * this.#poolPages;
        made.push(new NodePool({ ...node, address: start, firstFrame, chunks, uffd, pagemap }));
      }
      const registered = uffd.register(address, bytes);
      if (registered !== 0) {
        throw new MigrationError(-registered, 'the pools could not be registered with the userfaultfd', {
          operation: 'openFerry',
        });
      }
    } catch (error) {
      for (const pool of made) pool.close();
      this.#memory.unmap();
      throw error;
    }
    this.all = made;
  }

  /** Index of the node that a frame belongs to. */
  nodeOf(frame: number): number {
    return Math.floor(frame / this.#poolPages);
  }

  /** The pool that a frame belongs to. */
  of(frame: number): NodePool {
    return this.all[this.nodeOf(frame)]!;
  }

  addressOf(frame: number): Address {
    return this.#memory.address + frame * PAGE_SIZE;
  }

  /** All of it, whatever is there. */
  get memory(): { readonly address: Address; readonly bytes: number } {
    return this.#memory;
  }

  close(): void {
    this.#uffd.unregister(this.#memory.address, this.#memory.bytes);
    for (const pool of this.all) pool.close();
    this.#memory.unmap();
  }
}

function bind(address: Address, bytes: number, node: LinuxNode, nodes: readonly LinuxNode[]): void {
  const bound = bindToNode(address, bytes, node.numaNode);
  // Where all nodes share one NUMA node there is nothing to choose between.
  if (bound === 0 || nodes.every(({ numaNode }) => numaNode === node.numaNode)) return;
  throw new MigrationError(-bound, `mbind to NUMA node ${node.numaNode} was refused`, {
    operation: 'openFerry',
    argument: 'options.nodes',
    advice: "Check this process's cpuset (Mems_allowed in /proc/self/status) and seccomp profile.",
  });
}
