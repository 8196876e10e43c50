import { ERRNO } from '../../common/errno.js';
import { type Address, libc } from './libc.js';
import { advise, fillHole, MADV_POPULATE_READ } from './mman.js';

/** 'PAGEFERR' and the version of what the memory holds. */
const MAGIC = [0x45474150, 0x52524546, 1] as const;
const HEADER_BYTES = 4096;
/**
 * Where it may lie. Below 2^39, which is the least that 64-bit kernels give to a process, and far from where the kernel puts
 * programs, their heaps and their mappings. V8 chooses addresses at random, so the first may be taken.
 */
const PLACES: readonly Address[] = [0x50_4600_0000, 0x5a_4600_0000, 0x46_5a00_0000, 0x64_5000_0000];
/** How long a thread that has just mapped the memory may take to write the magic: 0.1 s, in steps. */
const PATIENCE_STEPS = 100;
const PATIENCE_STEP_US = 1000;

/**
 * Memory that all threads of this process share, however they were started. The worker threads of a program have no object
 * in common that pageferry could use: each has its own modules, and a SharedArrayBuffer must be passed on by the program.
 * They have the address space in common. So the memory lies at an address that is a part of the program text, and who
 * comes first maps it (MAP_FIXED_NOREPLACE, which never replaces a mapping). It starts as zeros and stays for as long as
 * the process.
 *
 * Undefined where the process gets no address space, or every place is taken by another mapping.
 */
export function processMemory(bytes: number): ArrayBuffer | undefined {
  const whole = HEADER_BYTES + bytes;
  // First: a place that was taken when the memory was made may be free by now.
  const place = PLACES.find(isOurs) ?? PLACES.find((address) => claim(address, whole));
  return place === undefined ? undefined : libc().view(place + HEADER_BYTES, bytes);
}

/** Maps the memory. True also when another thread has done so meanwhile. */
function claim(address: Address, bytes: number): boolean {
  if (!fillHole(address, bytes)) return libc().errno() === ERRNO.EEXIST && waitUntilOurs(address);
  // Another thread that finds the mapping reads the magic, and writes nothing before it has.
  header(address).set(MAGIC);
  return true;
}

function waitUntilOurs(address: Address): boolean {
  for (let step = 0; step < PATIENCE_STEPS; step++) {
    if (isOurs(address)) return true;
    // What does not begin with zeros has an owner that is not pageferry.
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

/** Whether reading the page cannot end the process: it may be anybody's mapping, or none. */
function isReadable(address: Address): boolean {
  return advise(address, HEADER_BYTES, MADV_POPULATE_READ) === 0;
}

function header(address: Address): Int32Array {
  return new Int32Array(libc().view(address, HEADER_BYTES));
}
