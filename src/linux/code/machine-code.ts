import { type Address, libc } from '../sys/libc.js';

// include/uapi/asm-generic/mman-common.h and mman.h
const PROT_READ_WRITE = 0x3;
const PROT_READ_EXEC = 0x5;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const BYTES = 4096;

/** The address of each loaded routine, by name. */
export type LoadedCode = ReadonlyMap<string, Address>;

const loaded = new Map<string, Address>();

/**
 * Makes a few instructions callable, once for each name. The page is first written, then made executable. It is never both
 * at once. Undefined if the system does not permit it (SELinux's execmem, a seccomp filter). The caller then works without
 * it.
 *
 * The page is never freed, because a thread may be running in it at any time. To share one page, a thread passes
 * `loadedCode` on to the threads that it starts.
 */
export function machineCode(name: string, code: () => Uint8Array): Address | undefined {
  let address = loaded.get(name);
  if (address === undefined) {
    address = loadMachineCode(code());
    if (address !== undefined) loaded.set(name, address);
  }
  return address;
}

/** The routines that this thread has loaded, for `adoptCode` in a thread that it starts. */
export function loadedCode(): LoadedCode {
  return loaded;
}

/** Adopts the routines that another thread of this process has loaded. */
export function adoptCode(code: LoadedCode): void {
  for (const [name, address] of code) loaded.set(name, address);
}

/**
 * Makes instructions callable, in a page of their own.
 *
 * No cache is flushed here, not even on arm64. Linux does it when a page gets its first executable page table entry
 * (`__sync_icache_dcache` in arch/arm64/mm/flush.c, called for each present entry that user space may execute). It skips
 * only pages for which it has done so since their allocation, and this one is fresh. The return from mprotect, and the
 * start of a thread, then synchronise the processor that runs the code.
 */
export function loadMachineCode(code: Uint8Array): Address | undefined {
  const c = libc();
  const address = c.mmap(0, BYTES, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
  if (address > Number.MAX_SAFE_INTEGER) return undefined;
  const bytes = new Uint8Array(new SharedArrayBuffer(code.length));
  bytes.set(code);
  c.memcpy(address, c.addressOf(bytes), code.length);
  // Keeps a reference to the array until it was copied. Otherwise its memory could be collected before.
  const copied = bytes.length > 0;
  if (copied && c.mprotect(address, BYTES, PROT_READ_EXEC) === 0) return address;
  c.munmap(address, BYTES);
  return undefined;
}
