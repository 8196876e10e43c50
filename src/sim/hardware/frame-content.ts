import { PAGE_SIZE } from '../../common/page.js';
import { fillRange } from './fill-range.js';

/** log2 of the frames of a chunk. Chunks that were never written take no memory. */
const CHUNK_SHIFT = 12;
const CHUNK_FRAMES = 1 << CHUNK_SHIFT;
const CHUNK_BYTES = CHUNK_FRAMES * PAGE_SIZE;

/**
 * The content of a simulated machine's frames, in real bytes. A frame has 4 KiB, or `words` 32-bit words that stand for them
 * where many frames are simulated. Wrong copies show in those as well.
 */
export class FrameContent {
  /** 32-bit words of a frame. */
  readonly words: number;
  readonly #chunks: (Int32Array | undefined)[];

  constructor(frames: number, words: number) {
    this.words = words;
    this.#chunks = new Array<Int32Array | undefined>(Math.ceil(frames / CHUNK_FRAMES)).fill(undefined);
  }

  /** Makes it as new: every word is 0. */
  reset(): void {
    for (const chunk of this.#chunks) chunk?.fill(0);
  }

  get(frame: number, word: number): number {
    const chunk = this.#chunks[frame >>> CHUNK_SHIFT];
    return chunk === undefined ? 0 : chunk[(frame & (CHUNK_FRAMES - 1)) * this.words + word]!;
  }

  set(frame: number, word: number, value: number): void {
    this.#chunk(frame)[(frame & (CHUNK_FRAMES - 1)) * this.words + word] = value;
  }

  /** The words of one frame. */
  view(frame: number): Int32Array {
    const at = (frame & (CHUNK_FRAMES - 1)) * this.words;
    return this.#chunk(frame).subarray(at, at + this.words);
  }

  fill(frame: number, frames: number, value: number): void {
    for (let done = 0; done < frames; ) {
      const within = (frame + done) & (CHUNK_FRAMES - 1);
      const count = Math.min(frames - done, CHUNK_FRAMES - within);
      fillRange(this.#chunk(frame + done), value, within * this.words, (within + count) * this.words);
      done += count;
    }
  }

  /** Whether every word of a frame is `value`. */
  holds(frame: number, value: number): boolean {
    const chunk = this.#chunk(frame);
    const at = (frame & (CHUNK_FRAMES - 1)) * this.words;
    for (let w = at; w < at + this.words; w++) if (chunk[w] !== value) return false;
    return true;
  }

  copy(dst: number, src: number, frames: number): void {
    const { words } = this;
    for (let done = 0; done < frames; ) {
      const from = src + done;
      const to = dst + done;
      const room = Math.min(
        CHUNK_FRAMES - (from & (CHUNK_FRAMES - 1)),
        CHUNK_FRAMES - (to & (CHUNK_FRAMES - 1)),
      );
      const count = Math.min(frames - done, room);
      const source = this.#chunk(from);
      const target = this.#chunk(to);
      const a = (from & (CHUNK_FRAMES - 1)) * words;
      const b = (to & (CHUNK_FRAMES - 1)) * words;
      if (count * words <= 16) for (let k = 0; k < count * words; k++) target[b + k] = source[a + k]!;
      else target.set(source.subarray(a, a + count * words), b);
      done += count;
    }
  }

  /** Copies bytes between physical addresses, if frames have 4 KiB. Otherwise parts of pages are not copied. */
  copyBytes(dst: number, src: number, bytes: number): void {
    if (this.words !== PAGE_SIZE / 4) return;
    for (let done = 0; done < bytes; ) {
      const [to, from] = [dst + done, src + done];
      const size = Math.min(
        bytes - done,
        CHUNK_BYTES - (to % CHUNK_BYTES),
        CHUNK_BYTES - (from % CHUNK_BYTES),
      );
      const at = from % CHUNK_BYTES;
      this.bytesOf(Math.floor(to / PAGE_SIZE)).set(
        this.bytesOf(Math.floor(from / PAGE_SIZE)).subarray(at, at + size),
        to % CHUNK_BYTES,
      );
      done += size;
    }
  }

  /** The bytes of a frame's chunk. */
  bytesOf(frame: number): Uint8Array {
    return new Uint8Array(this.#chunk(frame).buffer);
  }

  isSame(dst: number, src: number, frames: number): boolean {
    for (let k = 0; k < frames; k++) {
      for (let w = 0; w < this.words; w++) if (this.get(dst + k, w) !== this.get(src + k, w)) return false;
    }
    return true;
  }

  #chunk(frame: number): Int32Array {
    const at = frame >>> CHUNK_SHIFT;
    this.#chunks[at] ??= new Int32Array(CHUNK_FRAMES * this.words);
    return this.#chunks[at];
  }
}
