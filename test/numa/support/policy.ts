import assert from 'node:assert/strict';
import { libc } from '../../../src/linux/sys/libc.js';
import { Scratch } from '../../../src/linux/sys/scratch.js';

// arch/x86/entry/syscalls/syscall_64.tbl; include/uapi/asm-generic/unistd.h
const GET_MEMPOLICY = process.arch === 'arm64' ? 236 : 239;
// include/uapi/linux/mempolicy.h
const MPOL_F_ADDR = 2;
const MAX_NODES = 1024;

/** The memory policy of the mapping at an address: an MPOL_… mode, and the nodes as bits. get_mempolicy(2). */
export function policyAt(address: number): { mode: number; nodes: number } {
  const mode = new Scratch(8);
  const nodes = new Scratch(MAX_NODES / 8);
  const { syscall } = libc();
  const arguments_ = [mode.address, nodes.address, MAX_NODES + 1, address, MPOL_F_ADDR, 0] as const;
  assert.equal(syscall(GET_MEMPOLICY, ...arguments_), 0, `get_mempolicy(2): errno ${libc().errno()}`);
  return { mode: mode.u32[0]!, nodes: nodes.u32[0]! };
}
