import { libc } from './libc.js';
import { machineCode } from './machine-code.js';

const FENCE_ARM64 = [
  'bf3b03d5', // dmb ish
  'c0035fd6', // ret
];

/**
 * Orders what has been copied before the page table entries by which other threads will see it. Each batch calls it once
 * before it is mapped.
 *
 * On arm64 a store may become visible before one that precedes it. A system call is no barrier there, and neither mremap(2)
 * nor UFFDIO_MOVE (since Linux 6.18, which flushes after it has set the entries) has one between its start and the first
 * entry that it sets. So another thread could walk the new entry and read what the frame held before. On x64 stores become
 * visible in program order, and the streaming copy ends with a fence.
 */
export function storeFence(): () => void {
  if (process.arch !== 'arm64') return () => undefined;
  const c = libc();
  const code = machineCode('store-fence', () => Buffer.from(FENCE_ARM64.join(''), 'hex'));
  // Without machine code: __schedule() in kernel/sched/core.c has a full barrier, on which membarrier(2) relies.
  if (code === undefined) return () => void c.sched_yield();
  const fence = c.callable(code);
  return () => fence(0, 0, 0);
}
