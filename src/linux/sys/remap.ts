import { type Address, libc } from './libc.js';

// include/uapi/linux/mman.h; MREMAP_DONTUNMAP since Linux 5.7
const MREMAP_MAYMOVE = 1;
const MREMAP_FIXED = 2;
const MREMAP_DONTUNMAP = 4;

/** Moves what is mapped in a range, with its page tables. Returns 0 or a negative errno. */
export type Remap = (from: Address, to: Address, bytes: number) => number;

/**
 * mremap(2): the pages from `from` on are mapped at `to`, in the place of whatever was mapped there, and the old range
 * stays mapped, empty, with its registration. Where both addresses are aligned to 2 MiB the kernel moves whole page tables
 * (move_normal_pmd in mm/mremap.c), and touches no entry.
 *
 * If the old range is registered with a userfaultfd that reports remaps, the new one is registered as well, and the call
 * returns only when somebody has read the event.
 */
export const remap: Remap = (from, to, bytes) => {
  const c = libc();
  const flags = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
  return c.mremap(from, bytes, bytes, flags, to) === to ? 0 : -c.errno();
};
