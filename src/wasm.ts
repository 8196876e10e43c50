/** `pageferry/wasm`: adopts the memories of a program's WebAssembly, those that it chooses or all. */
export {
  type AdoptedMemories,
  type AdoptMemoriesOptions,
  adoptInstance,
  adoptMemories,
} from './auto/adopt-memories.js';
export type { RefusedMemories } from './auto/adopter.js';
