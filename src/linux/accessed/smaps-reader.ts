import { closeSync, openSync, readSync } from 'node:fs';
import type { Address } from '../sys/libc.js';
import { decimalAt } from '../sys/proc-text.js';

const FIRST_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
const DASH = 0x2d;

/** A mapping: its range, the kilobytes of it that were accessed, and those in huge pages. */
export type OnMapping = (start: Address, end: Address, referencedKb: number, hugeKb: number) => void;

/** Reads how much of each mapping was accessed from /proc/self/smaps (show_smap in fs/proc/task_mmu.c). */
export class SmapsReader {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);

  /** Calls `each` for the mappings that overlap [from, to), in order. @throws Error of node:fs if the file cannot be read */
  read(from: Address, to: Address, each: OnMapping): void {
    const length = this.#fill();
    const text = this.#bytes;
    for (let at = 0; at < length; ) {
      const start = hexAt(text, at);
      const end = hexAt(text, text.indexOf(DASH, at) + 1);
      if (start >= to) return;
      // Each field is in every entry, in this order.
      const referenced = text.indexOf('\nReferenced:', at, 'latin1');
      const huge = text.indexOf('\nAnonHugePages:', referenced, 'latin1');
      const flags = text.indexOf('\nVmFlags:', huge, 'latin1');
      if (referenced < 0 || huge < 0 || flags < 0 || flags >= length) return;
      if (end > from) each(start, end, decimalAt(text, referenced + 12), decimalAt(text, huge + 15));
      at = text.indexOf(NEWLINE, flags + 1) + 1;
      if (at === 0) return;
    }
  }

  #fill(): number {
    const file = openSync('/proc/self/smaps', 'r');
    try {
      for (let length = 0; ; ) {
        if (length === this.#bytes.length) {
          const larger = Buffer.allocUnsafeSlow(2 * length);
          this.#bytes.copy(larger);
          this.#bytes = larger;
        }
        const read = readSync(file, this.#bytes, length, this.#bytes.length - length, null);
        if (read === 0) {
          // An earlier, longer text may have left more.
          this.#bytes.fill(0, length, Math.min(this.#bytes.length, length + FIRST_BYTES));
          return length;
        }
        length += read;
      }
    } finally {
      closeSync(file);
    }
  }
}

/** The hexadecimal number at `at`, of at most 16 digits. */
function hexAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let next = at; ; next++) {
    const byte = bytes[next]!;
    if (byte >= 0x30 && byte <= 0x39) value = value * 16 + byte - 0x30;
    else if (byte >= 0x61 && byte <= 0x66) value = value * 16 + byte - 0x57;
    else return value;
  }
}
