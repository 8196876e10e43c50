import type { Address } from '../sys/libc.js';
import { copyPolicy } from '../sys/mempolicy.js';
import { advise, MADV_DONTFORK, MADV_HUGEPAGE, MADV_MERGEABLE, MADV_NOHUGEPAGE } from '../sys/mman.js';
import { flaggedRanges } from '../sys/smaps.js';

// include/uapi/asm-generic/mman-common.h
const MADV_DONTDUMP = 16;
const MADV_WIPEONFORK = 18;

/** What madvise(2) sets, by its mark in the line VmFlags of /proc/self/smaps (show_smap_vma_flags in fs/proc/task_mmu.c). */
const ADVICE: Readonly<Record<string, number>> = {
  dc: MADV_DONTFORK,
  dd: MADV_DONTDUMP,
  hg: MADV_HUGEPAGE,
  mg: MADV_MERGEABLE,
  nh: MADV_NOHUGEPAGE,
  wf: MADV_WIPEONFORK,
};

/**
 * Gives a fresh mapping the advice and the memory policy that the mapping at `from` has. Without /proc/self/smaps it gets MADV_DONTFORK, which all
 * memory of a region has: a child must not share pages that are out. It reads every mapping, some milliseconds: only after
 * a failure.
 */
export function copyKind(from: Address, to: Address, bytes: number): void {
  const flags = flagsOf(from) ?? ['dc'];
  for (const flag of flags) if (ADVICE[flag] !== undefined) advise(to, bytes, ADVICE[flag]);
  // Refused where a sandbox forbids the calls, and then nobody has set another policy than the process's.
  copyPolicy(from, to, bytes);
}

/** The flags of the mapping that an address lies in, as /proc/self/smaps abbreviates them. */
export function flagsOf(address: Address): readonly string[] | undefined {
  return flaggedRanges()?.find(({ start, end }) => start <= address && address < end)?.flags;
}
