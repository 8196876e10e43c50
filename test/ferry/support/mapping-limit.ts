import { libc } from '../../../src/linux/sys/libc.js';
import { reserve } from '../../../src/linux/sys/mman.js';
import { PAGE } from './fixture.js';
import { PROT_READ, PROT_READ_WRITE, protect } from './system-calls.js';

const BYTES = 512 * 1024 * 1024;

/**
 * Runs `use` while this process has as many mappings as it may have (vm.max_map_count). It must be brief and have run
 * before: V8 ends the process when it needs a mapping and gets none. Returns false when the limit cannot be reached.
 */
export function atMappingLimit(use: () => void): boolean {
  const spare = reserve(BYTES);
  let reached = false;
  try {
    // Every other page becomes a mapping of its own.
    for (let at = 0; at < spare.bytes && !reached; at += 2 * PAGE) {
      reached = libc().mprotect(spare.address + at, PAGE, PROT_READ) !== 0;
    }
    if (reached) use();
  } finally {
    protect(spare.address, spare.bytes, PROT_READ_WRITE);
    spare.unmap();
  }
  return reached;
}
