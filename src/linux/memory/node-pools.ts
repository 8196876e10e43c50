import { ERRNO } from '../../common/errno.js';
import { PAGE_SIZE, PMD_PAGES, PMD_SIZE } from '../../common/page.js';
import { systemError } from '../../common/system-error.js';
import type { Journal } from '../rescue/journal.js';
import type { Address } from '../sys/libc.js';
import { bindToNode } from '../sys/mempolicy.js';
import { advise, MADV_DONTFORK, MADV_NOHUGEPAGE, type Mapping, reserve } from '../sys/mman.js';
import type { Pagemap } from '../sys/pagemap.js';
import type { Shadow } from '../tables/shadow.js';
import { Shadows } from '../tables/shadows.js';
import type { Userfaultfd } from '../userfaultfd/userfaultfd.js';
import type { FrameTable } from './frame-table.js';
import { NodePool, type Surplus } from './node-pool.js';

export interface LinuxNode {
  readonly numaNode: number;
  /** Maximum number of base pages on the node. Infinity: the host's memory is the limit. */
  readonly capacityPages: number;
}

/**
 * Number of the first frame of the pools. Numbers are places in one address space, from 4 TiB before the pools to 12 TiB
 * after their start, so that frames outside of the pools (of shadows, tables/shadow.ts) have numbers too.
 */
const FIRST_FRAME = 2 ** 30;
/** The maximum frame number. The number after it is NO_FRAME. */
const MAX_FRAME = 2 ** 32 - 2;
/** Base pages to free at once when a node has little memory left: 64 MiB. */
const RECLAIM_PAGES = 16384;

/**
 * The pools of all nodes, side by side in one reservation. A frame's number is its place in the address space, so its
 * address and its node follow by arithmetic.
 */
export class NodePools {
  readonly all: readonly NodePool[];
  readonly shadows: Shadows;
  readonly #memory: Mapping;
  readonly #poolPages: number;
  readonly #uffd: Userfaultfd;

  /**
   * Reserves address space for the pools of some nodes, with up to `pages` base pages in each at once.
   * @throws MigrationError ENOMEM
   */
  static reserve(nodes: number, pages: number): Mapping {
    // Twice the maximum number of pages in a pool, so that empty slots stay together, and a little more for odd ends.
    return reserve(nodes * (Math.ceil((2 * pages) / PMD_PAGES) + 8) * PMD_SIZE);
  }

  /**
   * @param memory From `reserve`. It is the pools' from here on, also after an error.
   * @param journal Names the ferry's own memory.
   * @throws MigrationError The errno of mbind or of the registration.
   */
  constructor(
    nodes: readonly LinuxNode[],
    memory: Mapping,
    uffd: Userfaultfd,
    pagemap: Pagemap,
    journal: Journal,
  ) {
    const { address, bytes } = memory;
    const chunks = bytes / nodes.length / PMD_SIZE;
    this.#uffd = uffd;
    this.#poolPages = chunks * PMD_PAGES;
    this.#memory = memory;
    advise(address, bytes, MADV_NOHUGEPAGE);
    // A child process that shared the pool copy-on-write would make its pages immovable.
    advise(address, bytes, MADV_DONTFORK);
    const made: NodePool[] = [];
    try {
      for (const [index, node] of nodes.entries()) {
        const start = address + index * chunks * PMD_SIZE;
        bind(start, chunks * PMD_SIZE, node, nodes);
        const firstFrame = FIRST_FRAME + index * this.#poolPages;
        const reclaim = (): boolean => this.#reclaim(index);
        const surplus = (): Surplus | undefined => this.shadows.surplus(index);
        made.push(
          new NodePool({ ...node, address: start, firstFrame, chunks, uffd, pagemap, reclaim, surplus }),
        );
      }
      const registered = uffd.register(address, bytes);
      if (registered !== 0) {
        throw systemError(-registered, 'cannot register the pools with the userfaultfd', {
          operation: 'openFerry',
        });
      }
    } catch (error) {
      for (const pool of made) pool.close();
      this.#memory.unmap();
      throw error;
    }
    this.all = made;
    this.shadows = new Shadows(nodes.length, journal, (at) => this.#frameAt(at), uffd);
  }

  nodeOf(frame: number): number {
    const index = Math.floor((frame - FIRST_FRAME) / this.#poolPages);
    return index >= 0 && index < this.all.length ? index : this.shadows.of(frame)!.node;
  }

  of(frame: number): NodePool {
    return this.all[this.nodeOf(frame)]!;
  }

  /** The books of a frame: those of its pool, or of its shadow. */
  tableOf(frame: number): FrameTable {
    const index = Math.floor((frame - FIRST_FRAME) / this.#poolPages);
    return index >= 0 && index < this.all.length ? this.all[index]!.table : this.shadows.of(frame)!.table;
  }

  /** The shadow of a frame. Undefined for a frame of a pool. */
  shadowOf(frame: number): Shadow | undefined {
    const index = Math.floor((frame - FIRST_FRAME) / this.#poolPages);
    return index >= 0 && index < this.all.length ? undefined : this.shadows.of(frame);
  }

  addressOf(frame: number): Address {
    return this.#memory.address + (frame - FIRST_FRAME) * PAGE_SIZE;
  }

  tablesOf(node: number): FrameTable[] {
    const tables = [this.all[node]!.table];
    for (const shadow of this.shadows.ofNode(node)) tables.push(shadow.table);
    return tables;
  }

  freePages(node: number): number {
    return this.all[node]!.table.freeFrames + this.shadows.tallies[node]!.frames;
  }

  /** Frees free pages of a node until at most `pages` are left. */
  trim(node: number, pages: number): void {
    const pool = this.all[node]!;
    this.shadows.trim(node, Math.max(0, pages - pool.table.freeFrames));
    pool.trim(pages);
  }

  /** Address of a page that is absent between two calls. */
  get emptyPage(): Address {
    return this.all[0]!.stagingAreas[0]!.address;
  }

  /** Frees the memory of frames, whatever it contains. */
  discard(frame: number, pages: number): void {
    this.#uffd.discard(this.addressOf(frame), pages * PAGE_SIZE);
  }

  /** Whether an address is in the ferry's own memory that may be registered. */
  isOwn(at: Address): boolean {
    const { address, bytes } = this.#memory;
    return (at >= address && at < address + bytes) || this.shadows.holds(at);
  }

  /** The reservation of all pools. */
  get memory(): { readonly address: Address; readonly bytes: number } {
    return this.#memory;
  }

  close(): void {
    this.shadows.close();
    this.#uffd.unregister(this.#memory.address, this.#memory.bytes);
    for (const pool of this.all) pool.close();
    this.#memory.unmap();
  }

  #frameAt(address: Address): number {
    const frame = FIRST_FRAME + (address - this.#memory.address) / PAGE_SIZE;
    return frame <= MAX_FRAME ? frame : -1;
  }

  /** Called when a node is short of memory. Frees pages in shadows, of any region, first. */
  #reclaim(node: number): boolean {
    const free = this.shadows.tallies[node]!.frames;
    this.shadows.trim(node, Math.max(0, free - RECLAIM_PAGES));
    return this.shadows.tallies[node]!.frames < free;
  }
}

/** The remedy for each errno of mbind(2). */
const BIND_ADVICE: Readonly<Record<number, string>> = {
  [ERRNO.EINVAL]:
    'The cpuset of this process does not include that node. Check Mems_allowed in /proc/self/status.',
  [ERRNO.EPERM]: 'A seccomp profile forbids mbind(2). Permit it.',
  [ERRNO.ENOSYS]: 'This kernel is built without NUMA, or a seccomp profile hides mbind(2).',
};

function bind(address: Address, bytes: number, node: LinuxNode, nodes: readonly LinuxNode[]): void {
  const bound = bindToNode(address, bytes, node.numaNode);
  // If all nodes share one NUMA node, there is nothing to choose between.
  if (bound === 0 || nodes.every(({ numaNode }) => numaNode === node.numaNode)) return;
  const advice = BIND_ADVICE[-bound];
  throw systemError(-bound, `mbind to NUMA node ${node.numaNode} failed`, {
    operation: 'openFerry',
    argument: 'options.nodes',
    ...(advice === undefined ? {} : { advice }),
  });
}
