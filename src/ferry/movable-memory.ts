import type { MemoryMap } from '../linux/sys/memory-map.js';
import type { AdoptableBuffer, WasmMemory } from './adoptable.js';

/** The most that V8 gives a memory with 32-bit addresses, and with 64-bit ones (kV8MaxWasmMemory64Pages). */
const MAX_32_BYTES = 2 ** 32;
const MAX_64_BYTES = 2 ** 34;

/** A module that imports a memory with 32-bit addresses as `m`, and has nothing else. */
const IMPORTS_32_BIT = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 2, 7, 1, 0, 1, 109, 2, 0, 0);

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => object;
}

/**
 * Whether V8 may have to move the memory when it grows: the old range is then unmapped, and can become somebody else's at
 * any time.
 *
 * A SharedArrayBuffer and a shared WebAssembly.Memory stay where they are: all that they may grow to is reserved. V8 reserves
 * as much for an unshared memory, and guard regions around it, if it gets the addresses. Otherwise it reserves less, and
 * copies the memory to another place when it grows beyond that (BackingStore::AllocateWasmMemory and CopyWasmMemory in V8's
 * src/objects/backing-store.cc). So this reads how much is reserved behind the memory.
 *
 * @param address of its first byte, a page's.
 */
export function isMovable(
  buffer: AdoptableBuffer,
  shared: boolean,
  address: number,
  map: MemoryMap,
): boolean {
  if (shared) return false;
  const bytes = map.privateBytesFrom(address, MAX_64_BYTES);
  return bytes < MAX_64_BYTES && (bytes < MAX_32_BYTES || !has32BitAddresses(buffer as WasmMemory));
}

/** Only the linker tells: a memory with 64-bit addresses does not fit an import of the other kind. */
function has32BitAddresses(memory: WasmMemory): boolean {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  try {
    new WebAssembly.Instance(new WebAssembly.Module(IMPORTS_32_BIT), { '': { m: memory } });
    return true;
  } catch {
    return false;
  }
}
