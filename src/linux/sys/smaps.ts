import { readFileSync } from 'node:fs';
import type { Address } from './libc.js';

/** A mapping and its VmFlags line of /proc/self/smaps (show_smap_vma_flags in fs/proc/task_mmu.c). */
export interface FlaggedRange {
  readonly start: Address;
  readonly end: Address;
  readonly flags: readonly string[];
}

const HEAD = /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) [r-][w-][x-][ps] /;
const FLAGS = 'VmFlags:';

/** Parses /proc/self/smaps. Mappings without flags are left out. */
export function parseSmaps(text: string): FlaggedRange[] {
  const found: FlaggedRange[] = [];
  let open: { readonly start: Address; readonly end: Address } | undefined;
  for (const line of text.split('\n')) {
    const head = HEAD.exec(line);
    if (head !== null) {
      open = { start: Number.parseInt(head[1]!, 16), end: Number.parseInt(head[2]!, 16) };
    } else if (open !== undefined && line.startsWith(FLAGS)) {
      found.push({ ...open, flags: line.slice(FLAGS.length).trim().split(' ') });
      open = undefined;
    }
  }
  return found;
}

/**
 * The mappings of this process with their flags. Undefined if they cannot be read. The kernel reads every page table of the
 * process, which takes some milliseconds, so this is only for use after a failure.
 */
export function flaggedRanges(): FlaggedRange[] | undefined {
  try {
    return parseSmaps(readFileSync('/proc/self/smaps', 'latin1'));
  } catch {
    return undefined;
  }
}

/** The parts of [start, end) whose mappings have a flag: address and bytes. */
export function markedRanges(flag: string, start: Address, end: Address): (readonly [Address, number])[] {
  const found: (readonly [Address, number])[] = [];
  for (const range of flaggedRanges() ?? []) {
    const from = Math.max(start, range.start);
    const to = Math.min(end, range.end);
    if (from < to && range.flags.includes(flag)) found.push([from, to - from]);
  }
  return found;
}
