import { type Address, libc } from '../sys/libc.js';

// include/uapi/asm-generic/mman-common.h and mman.h
const PROT_READ_WRITE = 0x3;
const PROT_READ_EXEC = 0x5;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const BYTES = 4096;

/** Where each routine was loaded, by name. */
export type LoadedCode = ReadonlyMap<string, Address>;

const loaded = new Map<string, Address>();

/**
 * Makes a few instructions callable, once for each name. The page is written first and made executable afterwards: it
 * is never both at once. Undefined where the system does not permit it (SELinux's execmem, a seccomp filter): then
 * the caller does without.
 *
 * The page stays for as long as the process: a thread may be in it whenever somebody else would give it back. So
 * that it is one page and not one a thread, who starts a thread passes `loadedCode` on to it.
 */
export function machineCode(name: string, code: () => Uint8Array): Address | undefined {
  let address = loaded.get(name);
  if (address === undefined) {
    address = loadMachineCode(code());
    if (address !== undefined) loaded.set(name, address);
  }
  return address;
}

/** What this thread has loaded: for `adoptCode` in a thread that it starts. */
export function loadedCode(): LoadedCode {
  return loaded;
}

/** Takes over what another thread of this process has loaded. */
export function adoptCode(code: LoadedCode): void {
  for (const [name, address] of code) loaded.set(name, address);
}

/**
 * Makes instructions callable, in a page of their own.
 *
 * No cache is flushed here, on arm64 either: Linux does it when a page that was not executable before gets a page
 * table entry that is (`__sync_icache_dcache` in arch/arm64/mm/flush.c, called for each present entry that user space
 * may execute; it skips only pages that it has done since they were allocated, and this one is fresh). The return from
 * mprotect, and the start of a thread, then synchronise the processor that runs the code.
 */
export function loadMachineCode(code: Uint8Array): Address | undefined {
  const c = libc();
  const address = c.mmap(0, BYTES, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
  if (address > Number.MAX_SAFE_INTEGER) return undefined;
  const bytes = new Uint8Array(new SharedArrayBuffer(code.length));
  bytes.set(code);
  c.memcpy(address, c.addressOf(bytes), code.length);
  // Else nothing would refer to the array any more, and its memory could be collected before it was read.
  const copied = bytes.length > 0;
  if (copied && c.mprotect(address, BYTES, PROT_READ_EXEC) === 0) return address;
  c.munmap(address, BYTES);
  return undefined;
}
