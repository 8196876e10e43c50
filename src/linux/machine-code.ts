import { type Address, libc } from './libc.js';

// include/uapi/asm-generic/mman-common.h and mman.h
const PROT_READ_WRITE = 0x3;
const PROT_READ_EXEC = 0x5;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const BYTES = 4096;

/** What was made callable, a hundred bytes each. */
const staged: Uint8Array[] = [];

/**
 * Makes a few instructions callable. The page is written first and made executable afterwards: it is never
 * both at once. Undefined where the system does not permit it (SELinux's execmem, a seccomp filter): then the
 * caller does without.
 *
 * The page stays for as long as the process, unless who loaded it knows that no thread can be in it any more.
 */
export function loadMachineCode(code: Uint8Array): Address | undefined {
  const c = libc();
  const address = c.mmap(0, BYTES, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
  if (address > Number.MAX_SAFE_INTEGER) return undefined;
  const bytes = new Uint8Array(new SharedArrayBuffer(code.length));
  bytes.set(code);
  c.memcpy(address, c.addressOf(bytes), code.length);
  // Nothing else refers to the array: without this its memory could be collected before it was read.
  staged.push(bytes);
  if (c.mprotect(address, BYTES, PROT_READ_EXEC) === 0) return address;
  c.munmap(address, BYTES);
  return undefined;
}

/** Gives back what `loadMachineCode` returned. */
export function unloadMachineCode(address: Address): void {
  libc().munmap(address, BYTES);
}
