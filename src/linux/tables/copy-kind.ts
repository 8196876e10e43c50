import type { Address } from '../sys/libc.js';
import { copyPolicy } from '../sys/mempolicy.js';
import { advise, MADV_DONTFORK, MADV_HUGEPAGE, MADV_MERGEABLE, MADV_NOHUGEPAGE } from '../sys/mman.js';
import { flaggedRanges } from '../sys/smaps.js';

// include/uapi/asm-generic/mman-common.h
const MADV_DONTDUMP = 16;
const MADV_WIPEONFORK = 18;

/** madvise(2)'s advice for each flag in the VmFlags line of /proc/self/smaps (show_smap_vma_flags, fs/proc/task_mmu.c). */
const ADVICE: Readonly<Record<string, number>> = {
  dc: MADV_DONTFORK,
  dd: MADV_DONTDUMP,
  hg: MADV_HUGEPAGE,
  mg: MADV_MERGEABLE,
  nh: MADV_NOHUGEPAGE,
  wf: MADV_WIPEONFORK,
};

/**
 * Gives a fresh mapping the advice and the memory policy of the mapping at `from`. Without /proc/self/smaps it gets
 * MADV_DONTFORK, which all memory of a region has: a child must not share unmapped pages. It reads every mapping, which
 * takes some milliseconds, so this is only for use after a failure.
 */
export function copyKind(from: Address, to: Address, bytes: number): void {
  const flags = flagsOf(from) ?? ['dc'];
  for (const flag of flags) if (ADVICE[flag] !== undefined) advise(to, bytes, ADVICE[flag]);
  // Fails where a sandbox forbids the calls. Then nobody has set another policy than the process's.
  copyPolicy(from, to, bytes);
}

/** The flags of the mapping at an address, as /proc/self/smaps abbreviates them. */
export function flagsOf(address: Address): readonly string[] | undefined {
  return flaggedRanges()?.find(({ start, end }) => start <= address && address < end)?.flags;
}
