import type { WasmMemory } from '../../../src/index.js';

interface MemoryDescriptor {
  readonly initial: number;
  readonly maximum: number;
  readonly shared?: boolean;
}

/** WebAssembly's unit of memory. */
export const WASM_PAGE = 65536;

/** A WebAssembly.Memory, without the DOM's typings. */
export function wasmMemory(descriptor: MemoryDescriptor): WasmMemory {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { Memory: new (descriptor: MemoryDescriptor) => WasmMemory };
  };
  return new WebAssembly.Memory(descriptor);
}
