/**
 * Finds fields in text of /proc ("Name:\tvalue" lines), in the bytes that the kernel wrote. It makes no string, because it
 * runs between two batches.
 */

const NEWLINE = 0x0a;
const ZERO = 0x30;
const NINE = 0x39;

/** The bytes of an ASCII text. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Whether `bytes` has `text` at `at`. */
export function hasAt(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

/** Index after `key` in the first line of `bytes[0, length)` that begins with it. -1 if there is none. */
export function afterKey(bytes: Uint8Array, length: number, key: Uint8Array): number {
  for (let line = 0; line >= 0 && line + key.length <= length; ) {
    if (hasAt(bytes, line, key)) return line + key.length;
    const end = bytes.indexOf(NEWLINE, line);
    if (end < 0) break;
    line = end + 1;
  }
  return -1;
}

/** The decimal number at `at`, after any blanks. -1 if there is none. */
export function decimalAt(bytes: Uint8Array, at: number): number {
  let next = at;
  while (bytes[next] === 0x20 || bytes[next] === 0x09) next++;
  let value = -1;
  for (; bytes[next]! >= ZERO && bytes[next]! <= NINE; next++) {
    value = (value < 0 ? 0 : value * 10) + bytes[next]! - ZERO;
  }
  return value;
}
