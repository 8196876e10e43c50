import assert from 'node:assert/strict';

/** A suite asks for the same few thousand again and again. */
const known = new Map<string, Uint8Array>();
const MAX_KNOWN = 10_000;

/**
 * Bytes that no other page has, and no other generation of the same page: a page that lands at the wrong
 * address, or keeps what it held before, cannot pass for the right one. Never zero: a page of zeros is what a
 * lost page reads as. To be copied or compared, not to be written to.
 */
export function pagePattern(page: number, bytes: number, generation = 0): Uint8Array {
  if (bytes !== 4096) return makePattern(page, bytes, generation);
  const key = `${page} ${generation}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = makePattern(page, bytes, generation);
  if (known.size < MAX_KNOWN) known.set(key, made);
  return made;
}

function makePattern(page: number, bytes: number, generation: number): Uint8Array {
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
