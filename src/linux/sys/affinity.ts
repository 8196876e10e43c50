import { MigrationError } from '../../common/migration-error.js';
import { libc } from './libc.js';
import { Scratch } from './scratch.js';
import { syscallNumbers } from './syscalls.js';

/** Bytes of a CPU mask for 8,192 CPUs, the maximum of the kernel's CONFIG_NR_CPUS. */
const MASK_BYTES = 1024;
const SELF = 0;

/**
 * Binds the calling thread to one CPU (sched_setaffinity(2)), by default the last one that it may run on, and returns the
 * CPU. `undo` restores the old mask.
 * @throws MigrationError with the kernel's errno.
 */
export function pinThread(wanted?: number): { readonly cpu: number; undo(): void } {
  const before = new Scratch(MASK_BYTES);
  const { sched_getaffinity } = syscallNumbers();
  const c = libc();
  const bytes = c.syscall(sched_getaffinity, SELF, MASK_BYTES, before.address, 0, 0, 0);
  if (bytes <= 0) throw failed('sched_getaffinity');
  let cpu = wanted ?? -1;
  for (let k = 0; wanted === undefined && k < bytes * 8; k++) {
    if ((before.u32[k >>> 5]! & (1 << (k & 31))) !== 0) cpu = k;
  }
  const mask = new Scratch(MASK_BYTES);
  mask.u32.fill(0);
  mask.u32[cpu >>> 5] = 1 << (cpu & 31);
  apply(mask);
  return { cpu, undo: () => apply(before) };
}

function apply(mask: Scratch): void {
  const { sched_setaffinity } = syscallNumbers();
  if (libc().syscall(sched_setaffinity, SELF, MASK_BYTES, mask.address, 0, 0, 0) !== 0) {
    throw failed('sched_setaffinity');
  }
}

function failed(call: string): MigrationError {
  return new MigrationError(libc().errno(), `${call} failed`, { operation: 'bench compaction' });
}
