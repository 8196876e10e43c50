import { constants } from 'node:buffer';
import { libc } from '../linux/libc.js';
import { unmovableBecause } from '../linux/proc-maps.js';
import { invalidArgument } from '../mm/migration-error.js';
import { PAGE_SIZE } from '../mm/page.js';

/** A `WebAssembly.Memory`, described so that no DOM typings are needed. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  grow(pages: number): number;
}

/** What a ferry adopts: memory that can neither be freed nor moved while the ferry holds it. */
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
 * several buffers).
 * @throws MigrationError EINVAL for memory that could be freed or moved under the ferry, for a buffer without
 * a single whole page, and for memory that the kernel cannot move.
 */
export function wholePages(operation: string, buffer: AdoptableBuffer, base: number): BufferSpan {
  const memory = bytesOf(operation, buffer);
  // A view of one page is enough to learn the address, and works for buffers of any size.
  const start = memory.byteLength === 0 ? 0 : libc().addressOf(new Uint8Array(memory, 0, 1));
  const first = Math.ceil(start / PAGE_SIZE) * PAGE_SIZE;
  const end = Math.floor((start + memory.byteLength) / PAGE_SIZE) * PAGE_SIZE;
  if (end <= first) {
    throw invalidArgument(
      operation,
      'buffer',
      `${memory.byteLength} bytes hold no whole page of ${PAGE_SIZE}`,
      'A buffer of 8192 bytes or more always holds one.',
    );
  }
  const because = unmovableBecause(first, end);
  if (because !== undefined) {
    throw invalidArgument(
      operation,
      'buffer',
      `its memory cannot be migrated: ${because}`,
      'Private anonymous memory is needed, as SharedArrayBuffer and WebAssembly.Memory have.',
    );
  }
  return { offset: base + (first - start), address: first, pages: (end - first) / PAGE_SIZE };
}

/** The memory of an adoptable buffer as it is now. */
export function bytesOf(operation: string, buffer: unknown): ArrayBuffer | SharedArrayBuffer {
  if (buffer instanceof SharedArrayBuffer) return buffer;
  if (isWasmMemory(buffer)) return buffer.buffer;
  throw invalidArgument(operation, 'buffer', whyNot(buffer), adviceFor(buffer));
}

function isWasmMemory(value: unknown): value is WasmMemory {
  const { WebAssembly } = globalThis as { WebAssembly?: { Memory: new (...options: never[]) => WasmMemory } };
  return WebAssembly !== undefined && value instanceof WebAssembly.Memory;
}

function whyNot(buffer: unknown): string {
  if (Buffer.isBuffer(buffer)) return 'a Node Buffer can be freed, or shares its memory with others';
  if (ArrayBuffer.isView(buffer)) return `a ${buffer.constructor.name} is a view of memory, not the memory`;
  if (buffer instanceof ArrayBuffer) {
    return 'an ArrayBuffer can be detached, transferred and freed while its pages are being moved';
  }
  return `must be a SharedArrayBuffer or a WebAssembly.Memory, not ${buffer === null ? 'null' : typeof buffer}`;
}

function adviceFor(buffer: unknown): string {
  if (ArrayBuffer.isView(buffer) && buffer.buffer instanceof SharedArrayBuffer) return 'Pass its .buffer.';
  if (buffer instanceof ArrayBuffer || ArrayBuffer.isView(buffer)) {
    return (
      'Keep the data in a SharedArrayBuffer (one copy: new Uint8Array(shared).set(old)), ' +
      'or in memory from ferry.allocate(). Of a WebAssembly.Memory pass the Memory, not its .buffer.'
    );
  }
  return 'Use new SharedArrayBuffer(bytes), a WebAssembly.Memory, or ferry.allocate(bytes).';
}
