import type { Client } from '../client.js';
import { lines, noise } from '../data.js';

interface ZstdModule {
  init(): Promise<void>;
  compress(data: Uint8Array, level: number): Uint8Array;
  decompress(data: Uint8Array): Uint8Array;
}

const MIB = 2 ** 20;
const LEVELS = [1, 2, 3, 4, 5, 6, 7, 9, 12] as const;

/** Zstandard: the data to compress, and what comes out of it, lie in the heap. */
export const zstd: Client = {
  name: 'zstd-wasm',
  threads: false,
  pageTables: true,
  async start(load) {
    const wasm = load('@bokuweb/zstd-wasm') as ZstdModule;
    await wasm.init();
    const text = lines(16 * MIB, 3);
    const dense = noise(2 * MIB, 4);
    const roundTrip = (data: Uint8Array, level: number): unknown => {
      const packed = wasm.compress(data, level);
      return [packed, Buffer.compare(wasm.decompress(packed), data)];
    };
    return {
      async work(call) {
        for (const [i, level] of LEVELS.entries()) {
          // Longer ones later, so that the heap grows again and again.
          const data = text.subarray(0, (i + 2) * MIB);
          await call(`level ${level}`, () => roundTrip(data, level));
        }
        await call('noise', () => roundTrip(dense, 3));
        await call('pieces', () => {
          const pieces: unknown[] = [];
          for (let i = 0; i < 200; i++) pieces.push(roundTrip(text.subarray(i * 1000, i * 1000 + 30_000), 6));
          return pieces;
        });
        await call('16 MiB', () => roundTrip(text, 3));
      },
      look: () => roundTrip(text, 1),
    };
  },
};
