import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { libc } from '../../../src/linux/sys/libc.js';
import { Scratch } from '../../../src/linux/sys/scratch.js';

// arch/x86/entry/syscalls/syscall_64.tbl; include/uapi/asm-generic/unistd.h
const PRLIMIT64 = process.arch === 'x64' ? 302 : 261;
// include/uapi/asm-generic/resource.h
const RLIMIT_NOFILE = 7;
/** More than this have no meaning here: few are free below it, whatever limit the host has. */
const LIMIT = 64;

/** Calls `run` while this process cannot open another descriptor. */
export function withoutDescriptors<T>(run: () => T): T {
  const giveBack = takeDescriptors();
  try {
    return run();
  } finally {
    giveBack();
  }
}

/**
 * Lowers the limit of open descriptors to what is open, and takes those that are left below it. What is open stays so.
 * Returns what takes all of that back.
 */
export function takeDescriptors(): () => void {
  const limits = new Scratch(32);
  const c = libc();
  assert.equal(c.syscall(PRLIMIT64, 0, RLIMIT_NOFILE, 0, limits.address, 0, 0), 0);
  const before = limits.get64(0);
  limits.set64(2, LIMIT);
  limits.set64(3, limits.get64(1));
  assert.equal(c.syscall(PRLIMIT64, 0, RLIMIT_NOFILE, limits.address + 16, 0, 0, 0), 0);
  const held: number[] = [];
  try {
    for (;;) held.push(openSync('/dev/null', 'r'));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'EMFILE');
  }
  return () => {
    for (const descriptor of held) closeSync(descriptor);
    limits.set64(2, before);
    assert.equal(c.syscall(PRLIMIT64, 0, RLIMIT_NOFILE, limits.address + 16, 0, 0, 0), 0);
  };
}
