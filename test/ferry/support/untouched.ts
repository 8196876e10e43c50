import { libc } from '../../../src/linux/sys/libc.js';
import { PAGE } from './fixture.js';
import { advise, MADV_DONTNEED } from './system-calls.js';

/**
 * A buffer of which no whole page is in memory, whatever the C library gives out: it may be memory that was used before, with
 * huge pages, also where it is larger than M_MMAP_THRESHOLD.
 */
export function untouchedBuffer(bytes: number): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes);
  const start = libc().addressOf(new Uint8Array(buffer, 0, 1));
  const first = Math.ceil(start / PAGE) * PAGE;
  const end = Math.floor((start + bytes) / PAGE) * PAGE;
  advise(first, end - first, MADV_DONTNEED);
  return buffer;
}
