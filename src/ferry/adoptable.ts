import { constants } from 'node:buffer';
import { types } from 'node:util';
import { describe } from '../common/describe-value.js';
import { invalidArgument } from '../common/migration-error.js';
import { PAGE_SIZE } from '../common/page.js';
import { libc } from '../linux/sys/libc.js';
import type { MemoryMap } from '../linux/sys/memory-map.js';

/**
 * A `WebAssembly.Memory`, described so that no DOM typings are needed.
 *
 * @see {@link Ferry.adopt} for an example
 */
export interface WasmMemory {
  /** The memory, as `WebAssembly.Memory.buffer`. */
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  /** As `WebAssembly.Memory.grow`. */
  grow(pages: number): number;
}

/**
 * Memory that a ferry can adopt: it is not freed while the ferry holds it. V8 moves an unshared
 * WebAssembly.Memory that it cannot grow in place. The region follows it: see movable-memory.ts.
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

/** The largest buffer that every supported Node can view as one Uint8Array. */
export const MAX_BUFFER_BYTES: number =
  Math.floor(Math.min(constants.MAX_LENGTH, 2 ** 32) / PAGE_SIZE) * PAGE_SIZE;

/**
 * Finds the whole pages of a buffer. `base` is where it starts among the region's memory (a region may have
 * several buffers). `map` says what the kernel has there.
 * @throws MigrationError EINVAL for memory that could be freed or moved under the ferry, for a buffer without
 * a single whole page, and for memory that the kernel cannot move.
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

/** Where the memory of an adoptable buffer is now. */
export interface BufferPlace {
  /** Address of its first byte; 0 if it has none. */
  readonly start: number;
  readonly byteLength: number;
}

/** Asks V8 where a buffer's memory is. @throws MigrationError EINVAL */
export function placeOf(operation: string, buffer: AdoptableBuffer): BufferPlace {
  const { memory, byteLength } = bytesOf(operation, buffer);
  // A view of one byte is enough to learn the address, and works for buffers of any size.
  const start = byteLength === 0 ? 0 : libc().addressOf(new Uint8Array(memory, 0, 1));
  return { start, byteLength };
}

/** Whether a buffer may grow. */
export function mayChange(buffer: AdoptableBuffer): boolean {
  return (
    !types.isSharedArrayBuffer(buffer) || intrinsic(SharedArrayBuffer.prototype, 'growable', buffer) === true
  );
}

/** The memory of an adoptable buffer as it is now. */
export interface BufferBytes {
  readonly memory: ArrayBuffer | SharedArrayBuffer;
  readonly byteLength: number;
}

/**
 * Asks the engine what a buffer is and how long, and not the object: one that only says that it is a
 * SharedArrayBuffer, or a longer one, would have the ferry move other memory.
 * @throws MigrationError EINVAL
 */
export function bytesOf(operation: string, buffer: unknown): BufferBytes {
  const memory = types.isSharedArrayBuffer(buffer) ? buffer : wasmBufferOf(buffer);
  if (memory === undefined) throw invalidArgument(operation, 'buffer', whyNot(buffer), adviceFor(buffer));
  const prototype = types.isSharedArrayBuffer(memory) ? SharedArrayBuffer.prototype : ArrayBuffer.prototype;
  return { memory, byteLength: intrinsic(prototype, 'byteLength', memory) as number };
}

/** What a built-in getter says of an object, whatever the object has put in its place. @throws TypeError */
function intrinsic(prototype: object, name: string | symbol, receiver: unknown): unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get?.call(receiver);
}

/** Of a WebAssembly.Memory its buffer; undefined for anything else. */
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
