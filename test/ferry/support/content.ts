import assert from 'node:assert/strict';

/** Never zero, since a lost page reads as zeros; different in every word and for every seed. */
function wordAt(index: number, seed: number): number {
  return (Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b)) | 1;
}

/** Fills memory, or the bytes [offset, end) of it (multiples of 4), with words that tell where they belong. */
export function fill(
  memory: ArrayBuffer | SharedArrayBuffer,
  seed = 0,
  offset = 0,
  end: number = memory.byteLength,
): void {
  const words = new Int32Array(memory, 0, Math.floor(memory.byteLength / 4));
  for (let i = offset / 4; i < end / 4; i++) words[i] = wordAt(i, seed);
}

/** Asserts that memory holds what `fill` wrote. */
export function assertContent(
  memory: ArrayBuffer | SharedArrayBuffer,
  seed = 0,
  offset = 0,
  end: number = memory.byteLength,
): void {
  const words = new Int32Array(memory, 0, Math.floor(memory.byteLength / 4));
  for (let i = offset / 4; i < end / 4; i++) {
    if (words[i] !== wordAt(i, seed)) assert.fail(`byte ${i * 4} has lost its content: ${words[i]}`);
  }
}

/** What a counter that nobody has added to holds (even words), and a constant (odd words). */
export function counterBase(index: number): number {
  return (Math.imul(index + 1, 0x9e3779b1) >>> 16) + 1;
}

/** Prepares memory for writers and readers: even words are counters, odd words constants. */
export function fillCounters(memory: ArrayBuffer | SharedArrayBuffer): void {
  const words = new Int32Array(memory);
  for (let i = 0; i < words.length; i++) words[i] = counterBase(i);
}

/** How much was added to all counters. Fails if a constant has changed or a counter has gone back. */
export function countersAdded(memory: ArrayBuffer | SharedArrayBuffer): number {
  const words = new Int32Array(memory);
  let added = 0;
  for (let i = 0; i < words.length; i++) {
    const more = words[i]! - counterBase(i);
    if (more < 0 || (i % 2 === 1 && more !== 0)) assert.fail(`word ${i} has lost its content: ${words[i]}`);
    added += more;
  }
  return added;
}
