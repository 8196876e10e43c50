/** Makes memories in every way, and prints `ready` when the autopilot may have them. Ends at the second SIGTERM. */
import { untilServed } from './until-served.js';

interface Memory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}
interface Api {
  readonly Memory: new (descriptor: object) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: { m: Memory; g(): number } };
}
const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: Api }).WebAssembly;
/** Exports a memory `m` of one page, and a function `g` that grows it by 512 pages. */
const GROWS = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1],
  ...[7, 9, 2, 1, 109, 2, 0, 1, 103, 0, 0, 10, 9, 1, 7, 0, 65, 128, 4, 64, 0, 11],
);
const MIB = 2 ** 20;
const PAGE = 2 ** 16;
const pages = (bytes: number): number => bytes / PAGE;

const shared = new SharedArrayBuffer(16 * MIB);
const small = new SharedArrayBuffer(MIB);
const Growable = SharedArrayBuffer as unknown as new (
  bytes: number,
  options: object,
) => SharedArrayBuffer & { grow(bytes: number): void };
const growable = new Growable(MIB, { maxByteLength: 64 * MIB });
growable.grow(17 * MIB);
const made = new Memory({ initial: pages(18 * MIB), maximum: pages(64 * MIB) });
const grown = new Memory({ initial: 1, maximum: pages(64 * MIB) });
grown.grow(pages(19 * MIB));
const sharedMemory = new Memory({ initial: pages(20 * MIB), maximum: pages(64 * MIB), shared: true });
const { exports } = new Instance(new Module(GROWS));
exports.g();
const kept: unknown[] = [shared, small, growable, made, grown, sharedMemory, exports];
let terms = 0;
const alive = setInterval(() => undefined, 1000);
process.on('SIGTERM', () => {
  terms++;
  if (terms === 1) {
    // Those that are dropped must be released. A garbage collection is asked for until they are.
    kept.splice(0, 4);
    setTimeout(() => {
      globalThis.gc?.();
      setTimeout(() => console.log('ready'), 500);
    }, 100);
  } else {
    clearInterval(alive);
  }
});
await untilServed();
// The instruction of the module is seen within a second.
setTimeout(() => console.log('ready'), 2000);
