import { readFileSync } from 'node:fs';
import { libc } from '../../../src/linux/sys/libc.js';
import { Scratch } from '../../../src/linux/sys/scratch.js';
import { HUGE } from './fixture.js';

// syscall_64.tbl; asm-generic/unistd.h
const GET_MEMPOLICY = process.arch === 'arm64' ? 236 : 239;
const PRCTL = process.arch === 'arm64' ? 167 : 157;
// include/uapi/linux/mempolicy.h
const MPOL_F_ADDR = 2;
const MAX_NODES = 1024;
// include/uapi/linux/prctl.h
const PR_SET_VMA = 0x53564d41;
const PR_SET_VMA_ANON_NAME = 0;

/** A part of memory of one kind: offsets from where the question began. */
export interface MemoryPart {
  readonly from: number;
  readonly to: number;
  readonly permissions: string;
  /** VmFlags of /proc/self/smaps, without `sd`: the kernel sets that by itself. */
  readonly flags: string;
  readonly name: string;
}

/**
 * How many mappings page tables may lie in: those of 2 MiB and more, as each part of a shadow is, and all that lie in `ranges`.
 * V8's heap is not among them: it grows and shrinks by mappings of 256 KiB.
 */
export function countMappings(ranges: readonly (readonly [address: number, bytes: number])[]): number {
  let count = 0;
  for (const line of readFileSync('/proc/self/maps', 'latin1').split('\n')) {
    const head = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line);
    if (head === null) continue;
    const start = Number.parseInt(head[1]!, 16);
    const end = Number.parseInt(head[2]!, 16);
    const inRange = ranges.some(([address, bytes]) => start < address + bytes && end > address);
    if (inRange || end - start >= HUGE) count++;
  }
  return count;
}

/** What kinds of memory lie in a range, in order. Neighbouring mappings of one kind are one part. */
export function partsOf(address: number, bytes: number): MemoryPart[] {
  const parts: MemoryPart[] = [];
  const end = address + bytes;
  let open: Omit<MemoryPart, 'flags'> | undefined;
  for (const line of readFileSync('/proc/self/smaps', 'latin1').split('\n')) {
    const head = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+\s*(.*)$/.exec(line);
    if (head !== null) {
      const start = Math.max(Number.parseInt(head[1]!, 16), address);
      const stop = Math.min(Number.parseInt(head[2]!, 16), end);
      open =
        start < stop
          ? { from: start - address, to: stop - address, permissions: head[3]!, name: head[4]! }
          : undefined;
    } else if (open !== undefined && line.startsWith('VmFlags:')) {
      const flags = line
        .slice(8)
        .trim()
        .split(' ')
        .filter((flag) => flag !== 'sd');
      add(parts, { ...open, flags: flags.join(' ') });
    }
  }
  return parts;
}

function add(parts: MemoryPart[], part: MemoryPart): void {
  const last = parts.at(-1);
  const same =
    last !== undefined &&
    last.to === part.from &&
    last.flags === part.flags &&
    last.permissions === part.permissions &&
    last.name === part.name;
  if (same) parts[parts.length - 1] = { ...last, to: part.to };
  else parts.push(part);
}

/** The memory policy of an address: its mode, and the first 32 nodes of its mask. @throws Error with the errno */
export function policyAt(address: number): readonly [mode: number, nodes: number] {
  const mode = new Scratch(8);
  const mask = new Scratch(MAX_NODES / 8);
  const c = libc();
  if (c.syscall(GET_MEMPOLICY, mode.address, mask.address, MAX_NODES, address, MPOL_F_ADDR, 0) !== 0) {
    throw new Error(`get_mempolicy: errno ${c.errno()}`);
  }
  return [mode.u32[0]!, mask.u32[0]!];
}

/** Names a range, prctl(2). False where the kernel has no names (CONFIG_ANON_VMA_NAME). */
export function nameMemory(address: number, bytes: number, name: string): boolean {
  const text = new Scratch(64);
  new Uint8Array(text.u32.buffer).set(Buffer.from(name, 'latin1'));
  return libc().syscall(PRCTL, PR_SET_VMA, PR_SET_VMA_ANON_NAME, address, bytes, text.address, 0) === 0;
}
