import { seededRandom } from '../../src/common/random.js';

/** Bytes that no compressor can shrink. */
export function noise(bytes: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  const words = new Uint32Array(Math.ceil(bytes / 4));
  for (let i = 0; i < words.length; i++) words[i] = random(2 ** 32);
  return new Uint8Array(words.buffer, 0, bytes);
}

/** Bytes like those of a log: lines of words and numbers, which compress well. */
export function lines(bytes: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  const words = ['page', 'folio', 'batch', 'moved', 'failed', 'node', 'retry', 'channel', 'copy', 'done'];
  const parts: string[] = [];
  for (let length = 0; length < bytes; ) {
    const line = `${words[random(words.length)]} ${words[random(words.length)]} ${random(100_000)}\n`;
    parts.push(line);
    length += line.length;
  }
  return Buffer.from(parts.join('')).subarray(0, bytes);
}

/** Numbers between -1 and 1. */
export function floats(count: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => random(2 ** 24) / 2 ** 23 - 1);
}
