import { FormatError } from './byte-reader.js';
import { crc32 } from './crc32.js';
import { FRAME_HEAD, FRAME_TAIL, MAX_PAYLOAD } from './format.js';

export interface Frame {
  readonly kind: number;
  readonly payload: Uint8Array;
}

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  #bytes = new Uint8Array(2 ** 16);
  #from = 0;
  #to = 0;
  /** Bytes that were taken. */
  taken = 0;

  push(chunk: Uint8Array): void {
    const left = this.#to - this.#from;
    if (this.#to + chunk.length > this.#bytes.length) {
      const needed = left + chunk.length;
      const room = needed > this.#bytes.length / 2 ? new Uint8Array(2 * needed) : this.#bytes;
      room.set(this.#bytes.subarray(this.#from, this.#to));
      this.#bytes = room;
      this.#from = 0;
      this.#to = left;
    }
    this.#bytes.set(chunk, this.#to);
    this.#to += chunk.length;
  }

  get left(): number {
    return this.#to - this.#from;
  }

  /** So many bytes, valid until the next `push`. Undefined if there are fewer. */
  take(length: number): Uint8Array | undefined {
    if (this.left < length) return undefined;
    this.#from += length;
    this.taken += length;
    return this.#bytes.subarray(this.#from - length, this.#from);
  }

  /** The next frame, or undefined if not all of it is there. @throws FormatError if it has changed. */
  frame(): Frame | undefined {
    if (this.left < FRAME_HEAD) return undefined;
    const view = new DataView(this.#bytes.buffer, this.#from, this.left);
    const length = view.getUint32(0, true);
    if (length > MAX_PAYLOAD) throw new FormatError('a part has an impossible length');
    if (this.left < FRAME_HEAD + length + FRAME_TAIL) return undefined;
    const checked = this.#bytes.subarray(this.#from, this.#from + FRAME_HEAD + length);
    if (view.getUint32(FRAME_HEAD + length, true) !== crc32(checked))
      throw new FormatError('a checksum is wrong');
    this.take(FRAME_HEAD + length + FRAME_TAIL);
    return { kind: checked[4]!, payload: checked.subarray(FRAME_HEAD) };
  }
}
