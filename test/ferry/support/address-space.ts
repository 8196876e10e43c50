import { readFileSync } from 'node:fs';
import { Scratch } from '../../../src/linux/sys/scratch.js';
import { call } from './system-calls.js';

/** include/uapi/asm-generic/resource.h */
const RLIMIT_AS = 9;

/** RLIMIT_AS: so many bytes more than the process has. V8 then reserves no more for a WebAssembly.Memory than it has to. */
export function limitAddressSpace(more: number): void {
  const size = Number(/VmSize:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;
  const limits = new Scratch(16);
  for (const index of [0, 1]) limits.set64(index, size + more);
  call('prlimit64', 0, RLIMIT_AS, limits.address);
}
