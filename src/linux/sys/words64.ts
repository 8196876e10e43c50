/**
 * 64-bit fields of shared structures, as two 32-bit words each (little endian) and without BigInt. For numbers that a
 * double holds exactly, such as addresses.
 */

/** Writes an unsigned integer of up to 2^53 to the words `at` and `at + 1`. */
export function setWords64(words: Int32Array | Uint32Array, at: number, value: number): void {
  const low = value >>> 0;
  words[at] = low;
  words[at + 1] = (value - low) / 0x1_0000_0000;
}

/** The signed integer in the words `at` and `at + 1`, exact up to 2^53. */
export function getWords64(words: Int32Array, at: number): number {
  return words[at + 1]! * 0x1_0000_0000 + (words[at]! >>> 0);
}
