import { constants } from 'node:buffer';
import { types } from 'node:util';
import { describe } from '../common/describe-value.js';
import { invalidArgument } from '../common/migration-error.js';
import { PAGE_SIZE } from '../common/page.js';
import { libc } from '../linux/sys/libc.js';
import type { MemoryMap } from '../linux/sys/memory-map.js';

/**
 * A `WebAssembly.Memory`, declared here because its type is part of the DOM typings.
 *
 * @see {@link Ferry.adopt} for an example
 */
export interface WasmMemory {
  /** The memory, as `WebAssembly.Memory.buffer`. */
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  /** Grows the memory, as `WebAssembly.Memory.grow` does. */
  grow(pages: number): number;
}

/**
 * Memory that a ferry can adopt: the ferry's reference keeps it from being freed. If V8 cannot grow an unshared
 * WebAssembly.Memory in place, it moves it, and the region follows (movable-memory.ts).
 *
 * @see {@link Ferry.adopt} for an example
 */
export type AdoptableBuffer = SharedArrayBuffer | WasmMemory;

/** The whole pages inside a buffer. */
export interface BufferSpan {
  /** Bytes from the start of the region's memory to the first whole page. */
  readonly offset: number;
  readonly address: number;
  readonly pages: number;
}

/** Bytes of the largest buffer that every supported Node can view as one Uint8Array. */
export const MAX_BUFFER_BYTES: number =
  Math.floor(Math.min(constants.MAX_LENGTH, 2 ** 32) / PAGE_SIZE) * PAGE_SIZE;

/**
 * Finds the whole pages of a buffer.
 * @param base bytes of the region's memory before this buffer (a region may have several buffers).
 * @param map the kernel's mappings of this process.
 * @throws MigrationError EINVAL for memory that could be freed or moved under the ferry, for a buffer without a whole
 * page, and for memory that the kernel cannot move.
 */
export function wholePages(
  operation: string,
  buffer: AdoptableBuffer,
  base: number,
  map: MemoryMap,
  place: BufferPlace = placeOf(operation, buffer),
): BufferSpan {
  const { start, byteLength } = place;
  const first = Math.ceil(start / PAGE_SIZE) * PAGE_SIZE;
  const end = Math.floor((start + byteLength) / PAGE_SIZE) * PAGE_SIZE;
  if (end <= first) {
    throw invalidArgument(
      operation,
      'buffer',
      `${byteLength} bytes do not contain a whole page of ${PAGE_SIZE}`,
      'Use a buffer of 8192 bytes or more.',
    );
  }
  const because = map.unmovableBecause(first, end);
  if (because !== undefined) {
    throw invalidArgument(
      operation,
      'buffer',
      `the memory cannot be migrated: ${because}`,
      'Use private anonymous memory, as in a SharedArrayBuffer or WebAssembly.Memory.',
    );
  }
  return { offset: base + (first - start), address: first, pages: (end - first) / PAGE_SIZE };
}

export interface BufferPlace {
  /** Address of its first byte, 0 for an empty buffer. */
  readonly start: number;
  readonly byteLength: number;
}

/** Reads from V8 where the memory of a buffer is. @throws MigrationError EINVAL */
export function placeOf(operation: string, buffer: AdoptableBuffer): BufferPlace {
  const { memory, byteLength } = bytesOf(operation, buffer);
  // A view of one byte gives the address, and works for buffers of any size.
  const start = byteLength === 0 ? 0 : libc().addressOf(new Uint8Array(memory, 0, 1));
  return { start, byteLength };
}

export function mayChange(buffer: AdoptableBuffer): boolean {
  return (
    !types.isSharedArrayBuffer(buffer) || intrinsic(SharedArrayBuffer.prototype, 'growable', buffer) === true
  );
}

export interface BufferBytes {
  readonly memory: ArrayBuffer | SharedArrayBuffer;
  readonly byteLength: number;
}

/**
 * Reads a buffer's type and length from the engine, not from the object. An object that claims to be a
 * SharedArrayBuffer, or to be longer than it is, would make the ferry move other memory.
 * @throws MigrationError EINVAL
 */
export function bytesOf(operation: string, buffer: unknown): BufferBytes {
  const memory = types.isSharedArrayBuffer(buffer) ? buffer : wasmBufferOf(buffer);
  if (memory === undefined) throw invalidArgument(operation, 'buffer', whyNot(buffer), adviceFor(buffer));
  const prototype = types.isSharedArrayBuffer(memory) ? SharedArrayBuffer.prototype : ArrayBuffer.prototype;
  return { memory, byteLength: intrinsic(prototype, 'byteLength', memory) as number };
}

/** Calls a built-in getter on an object, even if the object overrides that property. @throws TypeError */
function intrinsic(prototype: object, name: string | symbol, receiver: unknown): unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get?.call(receiver);
}

/** The buffer of a WebAssembly.Memory. Undefined for any other value. */
function wasmBufferOf(value: unknown): ArrayBuffer | SharedArrayBuffer | undefined {
  const { WebAssembly } = globalThis as { WebAssembly?: { Memory: { prototype: object } } };
  if (WebAssembly === undefined) return undefined;
  try {
    return intrinsic(WebAssembly.Memory.prototype, 'buffer', value) as ArrayBuffer | SharedArrayBuffer;
  } catch {
    return undefined;
  }
}

function whyNot(buffer: unknown): string {
  if (ArrayBuffer.isView(buffer)) {
    if (types.isUint8Array(buffer) && Buffer.isBuffer(buffer)) {
      return 'a Node Buffer can be freed, or shares its memory with others';
    }
    return `a ${viewName(buffer)} is a view of memory, not the memory`;
  }
  if (types.isArrayBuffer(buffer)) {
    return 'an ArrayBuffer can be detached, transferred and freed while its pages are being moved';
  }
  return `must be a SharedArrayBuffer or a WebAssembly.Memory, not ${describe(buffer)}`;
}

const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype) as object;

function viewName(view: ArrayBufferView): string {
  return types.isDataView(view) ? 'DataView' : String(intrinsic(TYPED_ARRAY, Symbol.toStringTag, view));
}

function isViewOfShared(view: ArrayBufferView): boolean {
  const prototype = types.isDataView(view) ? DataView.prototype : TYPED_ARRAY;
  return types.isSharedArrayBuffer(intrinsic(prototype, 'buffer', view));
}

function adviceFor(buffer: unknown): string {
  if (ArrayBuffer.isView(buffer) && isViewOfShared(buffer)) return 'Pass the .buffer of the view.';
  if (types.isArrayBuffer(buffer) || ArrayBuffer.isView(buffer)) {
    return (
      'Keep the data in a SharedArrayBuffer (one copy: new Uint8Array(shared).set(old)), ' +
      'or in memory from ferry.allocate(). Of a WebAssembly.Memory pass the Memory, not its .buffer.'
    );
  }
  return 'Use new SharedArrayBuffer(bytes), a WebAssembly.Memory, or ferry.allocate(bytes).';
}
