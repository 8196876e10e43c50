import { ERRNO } from '../../common/errno.js';
import { type Address, libc } from './libc.js';
import { advise, fillHole, MADV_POPULATE_READ } from './mman.js';

/** 'PAGEFERR' and the version of the memory's layout. */
const MAGIC = [0x45474150, 0x52524546, 1] as const;
const HEADER_BYTES = 4096;
/** A word of the first page: the thread that watches by the marks of the process, or 0. */
export const WATCHER_WORD = 16;
/**
 * Possible addresses. All are below 2^39, the smallest address space of 64-bit kernels, and far from where the kernel puts
 * programs, their heaps and their mappings. V8 chooses addresses at random, so the first may be taken.
 */
const PLACES: readonly Address[] = [0x50_4600_0000, 0x5a_4600_0000, 0x46_5a00_0000, 0x64_5000_0000];
/** A thread that has just mapped the memory has 0.1 s to write the magic. The others poll in steps. */
const PATIENCE_STEPS = 100;
const PATIENCE_STEP_US = 1000;

/**
 * Memory that all threads of this process share, however they were started. The worker threads of a program share no object
 * that pageferry could use. Each has its own modules, and only the program could pass a SharedArrayBuffer on. But they
 * share the address space. So the memory is at a fixed address, and the first thread maps it (MAP_FIXED_NOREPLACE, which
 * never replaces a mapping). It starts as zeros and is never unmapped.
 *
 * Undefined if the process gets no address space, or if every place is taken by another mapping.
 */
export function processMemory(bytes: number): ArrayBuffer | undefined {
  const whole = HEADER_BYTES + bytes;
  // First the existing memory: a place that was taken when it was made may be free by now.
  const place = PLACES.find(isOurs) ?? PLACES.find((address) => claim(address, whole));
  return place === undefined ? undefined : libc().view(place + HEADER_BYTES, bytes);
}

/**
 * The first page of that memory, or undefined if it does not exist yet. Words from `WATCHER_WORD` on start as 0, and are for
 * other uses than that of the memory behind it.
 */
export function processWords(): Int32Array | undefined {
  const place = PLACES.find(isOurs);
  return place === undefined ? undefined : header(place);
}

/** Maps the memory. Also true if another thread has mapped it first. */
function claim(address: Address, bytes: number): boolean {
  if (!fillHole(address, bytes)) return libc().errno() === ERRNO.EEXIST && waitUntilOurs(address);
  // Another thread that finds the mapping waits for the magic before it writes.
  header(address).set(MAGIC);
  return true;
}

function waitUntilOurs(address: Address): boolean {
  for (let step = 0; step < PATIENCE_STEPS; step++) {
    if (isOurs(address)) return true;
    // Memory that does not begin with zeros belongs to somebody else.
    if (!isReadable(address) || header(address)[0] !== 0) return false;
    libc().usleep(PATIENCE_STEP_US);
  }
  return false;
}

function isOurs(address: Address): boolean {
  if (!isReadable(address)) return false;
  const words = header(address);
  return MAGIC.every((word, i) => words[i] === word);
}

/** Whether the page can be read without ending the process. It may be any mapping, or none. */
function isReadable(address: Address): boolean {
  return advise(address, HEADER_BYTES, MADV_POPULATE_READ) === 0;
}

function header(address: Address): Int32Array {
  return new Int32Array(libc().view(address, HEADER_BYTES));
}
