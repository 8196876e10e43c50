import { libc } from '../../../src/linux/sys/libc.js';
import { reserve } from '../../../src/linux/sys/mman.js';
import { PAGE } from './fixture.js';
import { PROT_READ, PROT_READ_WRITE, protect } from './system-calls.js';

const BYTES = 512 * 1024 * 1024;

/** Another thread of V8 may give back mappings in the very moment. */
const TRIES = 20;

/**
 * Runs `use` while this process has as many mappings as it may have (vm.max_map_count). It must be brief and have run
 * before: V8 ends the process when it needs a mapping and gets none. It returns whether it was refused. If it was not,
 * another thread may have given mappings back: it is undone, and tried again. Returns false when the limit cannot be reached.
 */
export function atMappingLimit(use: () => boolean, undo: () => void): boolean {
  const spare = reserve(BYTES);
  let reached = false;
  try {
    let at = 0;
    for (let tries = 1; tries <= TRIES; tries++) {
      // Every other page becomes a mapping of its own.
      for (reached = false; at < spare.bytes && !reached; at += 2 * PAGE) {
        reached = libc().mprotect(spare.address + at, PAGE, PROT_READ) !== 0;
      }
      if (!reached || use() || tries === TRIES) break;
      undo();
    }
  } finally {
    protect(spare.address, spare.bytes, PROT_READ_WRITE);
    spare.unmap();
  }
  return reached;
}
