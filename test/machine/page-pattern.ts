import assert from 'node:assert/strict';

/**
 * Bytes that no other page has, and no other generation of the same page: a page that lands at the wrong
 * address, or keeps what it held before, cannot pass for the right one. Never zero: a page of zeros is what a
 * lost page reads as.
 */
export function pagePattern(page: number, bytes: number, generation = 0): Uint8Array {
  const words = new Uint32Array(bytes / 4);
  let word = (Math.imul(page + 1, 0x9e3779b1) ^ Math.imul(generation + 1, 0x85ebca6b)) >>> 0;
  for (let i = 0; i < words.length; i++) {
    words[i] = word | 1;
    word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
  }
  return new Uint8Array(words.buffer);
}

/** Asserts that `bytes` is the pattern of `page`. */
export function assertPattern(bytes: Uint8Array, page: number, generation = 0): void {
  const same = Buffer.compare(bytes, pagePattern(page, bytes.length, generation)) === 0;
  assert.ok(same, `page ${page} has lost its content`);
}
