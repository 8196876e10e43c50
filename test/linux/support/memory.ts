import '../../ferry/support/watchdog.js';
import { libc } from '../../../src/linux/sys/libc.js';
import { advise, MADV_POPULATE_WRITE, type Mapping, reserve } from '../../../src/linux/sys/mman.js';
import { Pagemap } from '../../../src/linux/sys/pagemap.js';
import { Userfaultfd } from '../../../src/linux/userfaultfd/userfaultfd.js';

export const PAGE = 4096;
export const HUGE: number = 2 * 1024 * 1024;

/** Reserves memory and, if asked to, has the kernel put pages behind all of it. */
export function memory(bytes: number, populated: boolean): Mapping {
  const mapping = reserve(Math.ceil(bytes / HUGE) * HUGE);
  if (populated && advise(mapping.address, bytes, MADV_POPULATE_WRITE) !== 0) throw new Error('no memory');
  return mapping;
}

/**
 * Bytes on their way. Held for good: an array of which only the address is left in use may be collected before the copy
 * has read it.
 */
let staging = new Uint8Array(new SharedArrayBuffer(HUGE));

function staged(bytes: number): Uint8Array {
  if (staging.length < bytes) staging = new Uint8Array(new SharedArrayBuffer(bytes));
  return staging;
}

/** Copies bytes to an address. */
export function poke(address: number, bytes: Uint8Array): void {
  staged(bytes.length).set(bytes);
  libc().memcpy(address, libc().addressOf(staging), bytes.length);
}

/** Copies bytes from an address. Whoever peeks at a hole of a registered range waits for ever. */
export function peek(address: number, length: number): Uint8Array {
  libc().memcpy(libc().addressOf(staged(length)), address, length);
  return staging.slice(0, length);
}

/** mremap(2), by number, and MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP. */
const MREMAP = process.arch === 'x64' ? 25 : 216;
const REMAP_FLAGS = 1 | 2 | 4;

/**
 * Moves the page tables of a range to another, whose mapping it replaces; the range stays mapped, and empty. Returns where
 * they are, or a negative errno. Where it is an event of a userfaultfd, sleeps until that is read.
 */
export function remap(from: number, bytes: number, to: number): number {
  const c = libc();
  const at = c.syscall(MREMAP, from, bytes, bytes, REMAP_FLAGS, to, 0);
  return at === -1 ? -c.errno() : at;
}

/** Runs `use` with a userfaultfd of its own. */
export function withUserfaultfd(use: (uffd: Userfaultfd, pagemap: Pagemap) => void): void {
  const pagemap = new Pagemap();
  const uffd = Userfaultfd.open(pagemap);
  try {
    use(uffd, pagemap);
  } finally {
    uffd.close();
    pagemap.close();
  }
}

/** PAGE_… bits of each page. */
export function bitsOf(pagemap: Pagemap, address: number, pages: number): number[] {
  const bits = new Uint8Array(pages);
  pagemap.read(address, pages, bits);
  return [...bits];
}
