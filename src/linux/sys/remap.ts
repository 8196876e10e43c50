import { type Address, libc } from './libc.js';

// include/uapi/linux/mman.h; MREMAP_DONTUNMAP since Linux 5.7
const MREMAP_MAYMOVE = 1;
const MREMAP_FIXED = 2;
const MREMAP_DONTUNMAP = 4;

/** Moves the pages of a range, with their page tables. Returns 0 or a negative errno. */
export type Remap = (from: Address, to: Address, bytes: number) => number;

/**
 * mremap(2): maps the pages at `from` at `to`, and replaces what was mapped there. The old range stays mapped and
 * registered, but empty. If both addresses are aligned to 2 MiB, the kernel moves whole page tables (move_normal_pmd in
 * mm/mremap.c), and touches no entry.
 *
 * If the old range is registered with a userfaultfd that reports remaps, the new one is registered as well. The call then
 * returns only after the event was read.
 */
export const remap: Remap = (from, to, bytes) => {
  const c = libc();
  const flags = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
  return c.mremap(from, bytes, bytes, flags, to) === to ? 0 : -c.errno();
};
