import { PAGE_SIZE } from '../../common/page.js';
import { type Address, libc } from './libc.js';
import { Scratch } from './scratch.js';
import { syscallNumbers } from './syscalls.js';

// include/uapi/linux/mempolicy.h
const MPOL_DEFAULT = 0;
const MPOL_PREFERRED = 1;
const MPOL_BIND = 2;
const MPOL_F_ADDR = 2;
const MAX_NODES = 1024;
const QUERY_PAGES = 512;

/** Makes new pages of the range come from this NUMA node only, mbind(2). Returns 0 or a negative errno. */
export function bindToNode(address: Address, bytes: number, numaNode: number): number {
  return setPolicy(address, bytes, MPOL_BIND, numaNode);
}

/** Makes new pages of the range come from this NUMA node while it has memory. Returns 0 or a negative errno. */
export function preferNode(address: Address, bytes: number, numaNode: number): number {
  return setPolicy(address, bytes, MPOL_PREFERRED, numaNode);
}

/** Makes the range follow the process's policy again. Returns 0 or a negative errno. */
export function resetPolicy(address: Address, bytes: number): number {
  const result = libc().syscall(syscallNumbers().mbind, address, bytes, MPOL_DEFAULT, 0, 0, 0);
  return result === 0 ? 0 : -libc().errno();
}

/** Copies the policy of the mapping at `from`, with nodes and flags: get_mempolicy(2), mbind(2). 0 or a negative errno. */
export function copyPolicy(from: Address, to: Address, bytes: number): number {
  const c = libc();
  const { get_mempolicy, mbind } = syscallNumbers();
  mask ??= new Scratch(MAX_NODES / 8);
  mode ??= new Scratch(8);
  if (c.syscall(get_mempolicy, mode.address, mask.address, MAX_NODES, from, MPOL_F_ADDR, 0) !== 0)
    return -c.errno();
  // MPOL_… and its MPOL_F_… flags, as mbind takes them.
  const policy = mode.u32[0]!;
  const result = c.syscall(mbind, to, bytes, policy, mask.address, MAX_NODES, 0);
  return result === 0 ? 0 : -c.errno();
}

/** Kept forever. A local one could be collected during the call, because its address does not keep it alive. */
let mask: Scratch | undefined;
let mode: Scratch | undefined;

function setPolicy(address: Address, bytes: number, policy: number, numaNode: number): number {
  const c = libc();
  mask ??= new Scratch(MAX_NODES / 8);
  mask.u32.fill(0);
  mask.u32[numaNode >> 5] = 1 << (numaNode & 31);
  // maxnode is one more than the number of bits, a quirk of the interface.
  const result = c.syscall(syscallNumbers().mbind, address, bytes, policy, mask.address, MAX_NODES + 1, 0);
  return result === 0 ? 0 : -c.errno();
}

/** Queries the NUMA nodes of pages: move_pages(2) without targets. A status is a node or an errno (-ENOENT: absent). */
export class PlacementQuery {
  readonly #addresses = new Scratch(QUERY_PAGES * 8);
  readonly #status = new Scratch(QUERY_PAGES * 4);

  /**
   * Queries `pages` consecutive pages from `address`, and calls `each(index, status)`. Returns 0 or a negative errno (a
   * sandbox may forbid the call).
   */
  range(address: Address, pages: number, each: (index: number, status: number) => void): number {
    const c = libc();
    const { move_pages } = syscallNumbers();
    for (let done = 0; done < pages; done += QUERY_PAGES) {
      const count = Math.min(QUERY_PAGES, pages - done);
      for (let i = 0; i < count; i++) this.#addresses.set64(i, address + (done + i) * PAGE_SIZE);
      if (c.syscall(move_pages, 0, count, this.#addresses.address, 0, this.#status.address, 0) !== 0) {
        return -c.errno();
      }
      for (let i = 0; i < count; i++) each(done + i, this.#status.i32[i]!);
    }
    return 0;
  }
}
