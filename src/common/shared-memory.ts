/** Memory that can grow: not in the types of ES2023, but in Node 20 and in browsers since 2024. */
type Growable = SharedArrayBuffer & {
  readonly grow?: (length: number) => void;
  readonly resize?: (length: number) => void;
};
type GrowableConstructor = new (length: number, options?: { maxByteLength: number }) => Growable;

/**
 * Shared memory of zeros, which `growSharedMemory` can make larger, up to `maxBytes`. A web page that is not cross-origin
 * isolated has no shared memory, and no thread to share it with. There it is ordinary memory.
 */
export function sharedMemory(bytes: number, maxBytes: number = bytes): SharedArrayBuffer {
  const shared = typeof SharedArrayBuffer !== 'undefined';
  const Memory = (shared ? SharedArrayBuffer : ArrayBuffer) as unknown as GrowableConstructor;
  return maxBytes === bytes ? new Memory(bytes) : new Memory(bytes, { maxByteLength: maxBytes });
}

/** Makes memory of `sharedMemory` larger. */
export function growSharedMemory(memory: SharedArrayBuffer, bytes: number): void {
  const growable: Growable = memory;
  if (growable.grow !== undefined) growable.grow(bytes);
  else growable.resize?.(bytes);
}
