/** What a device writes at a time: as long as it takes, so long these pages are pinned. */
export const SLOT_BYTES: number = 128 * 1024;
/** Each slot is written with one of so many contents. */
export const PATTERNS = 32;

/** Word `index` of a slot with content `pattern`; never what `fill` writes, which is odd. */
export function patternWord(pattern: number, index: number): number {
  return (Math.imul(index + 1, 0x2545f491) + pattern * 0x10001) & ~1;
}

export interface PinWriterTask {
  readonly way: 'io_uring' | 'O_DIRECT';
  /** How many writes until it closes what it writes by, and opens it again; 0: never. */
  readonly reopenAfter: number;
  readonly memory: SharedArrayBuffer;
  /** Offsets of what is written, SLOT_BYTES each. */
  readonly slots: readonly number[];
  /** A file with each content, one after the other. */
  readonly file: string;
  readonly control: SharedArrayBuffer;
}

/** Words of the control buffer; from PIN_EXPECTED on, the content that each slot has. */
export const PIN_STOP = 0;
export const PIN_OPEN = 1;
export const PIN_OPENED = 2;
export const PIN_WRITE = 3;
export const PIN_WRITES = 4;
export const PIN_EXPECTED = 8;
