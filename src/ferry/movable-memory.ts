import { PAGE_SIZE } from '../common/page.js';
import type { MemoryMap } from '../linux/sys/memory-map.js';
import type { AdoptableBuffer, WasmMemory } from './adoptable.js';

/** V8's maximum for a memory with 32-bit addresses, and for one with 64-bit addresses (kV8MaxWasmMemory64Pages). */
const MAX_32_BYTES = 2 ** 32;
const MAX_64_BYTES = 2 ** 34;

/** With guard regions, V8 reserves so much for a memory with 32-bit addresses (kFullGuardSize32), from its start on. */
const GUARDED_32_BYTES = 2 ** 33;

/** A WebAssembly module that only imports a memory with 32-bit addresses, as `m`. */
const IMPORTS_32_BIT = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 2, 7, 1, 0, 1, 109, 2, 0, 0);

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => object;
}

/**
 * Whether V8 may have to move the memory when it grows. V8 then unmaps the old range, and the addresses can get another
 * user at any time.
 *
 * A SharedArrayBuffer and a shared WebAssembly.Memory never move, because V8 reserves their maximum. For an unshared
 * memory V8 reserves the same, and guard regions around it, if it gets the addresses. Otherwise it reserves less, and
 * copies the memory elsewhere when it grows beyond that (BackingStore::AllocateWasmMemory and CopyWasmMemory in V8's
 * src/objects/backing-store.cc). So this function measures the reservation that follows the memory.
 *
 * Something else that is reserved may follow directly, and the kernel reports both as one. So a reservation counts as whole
 * only if it has exactly the size that V8 reserves without guard regions, or reaches to the end of the guard region. With
 * 64-bit addresses both have the same size.
 *
 * @param address of the first byte, which begins a page.
 * @param bytes of the memory.
 */
export function isMovable(
  buffer: AdoptableBuffer,
  shared: boolean,
  address: number,
  bytes: number,
  map: MemoryMap,
): boolean {
  if (shared) return false;
  const end = Math.ceil((address + bytes) / PAGE_SIZE) * PAGE_SIZE;
  const whole = end - address + map.reservedBytesFrom(end, MAX_64_BYTES);
  if (whole >= MAX_64_BYTES) return false;
  return (whole !== MAX_32_BYTES && whole < GUARDED_32_BYTES) || !has32BitAddresses(buffer as WasmMemory);
}

/** V8 reveals the kind only on linking: a memory with 64-bit addresses fails to link with a 32-bit import. */
function has32BitAddresses(memory: WasmMemory): boolean {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  try {
    new WebAssembly.Instance(new WebAssembly.Module(IMPORTS_32_BIT), { '': { m: memory } });
    return true;
  } catch {
    return false;
  }
}
