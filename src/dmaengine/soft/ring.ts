/**
 * The queue of a soft channel, in memory shared by its thread and its client: descriptors, the order in which they were
 * issued, and the order in which they ended. Its counters only grow, and wrap.
 *
 * A descriptor is cut into *pieces*. The channel's thread takes one at a time, and so does a client that helps. LEFT is
 * the number of pieces that are not taken: a compare-and-swap from n to n - 1 takes piece n - 1. A thread that is late
 * with an old cookie takes a piece of the descriptor that has the cookie now, or none. Both are correct.
 */

/** Enough for two batches of 32 MiB whose base pages are all scattered, with one descriptor each, on one channel. */
export const RING_CAPACITY = 16_384;
const MASK = RING_CAPACITY - 1;

/**
 * Maximum bytes of a piece, as for mtcopy. A client with nothing left to help waits for one piece, so pieces are small.
 * The overhead of a piece's call is a hundredth of its copy.
 */
export const RING_PIECE_BYTES = 256 * 1024;

/** Descriptors issued so far. The thread sleeps on it. */
export const ISSUED = 0;
/** Descriptors ended so far. The client sleeps on it. */
export const DONE = 1;
/** Threads that sleep on ISSUED, and on DONE. */
export const ISSUED_SLEEPERS = 2;
export const DONE_SLEEPERS = 3;
/** The client sleeps until DONE has this value, and need not be woken earlier. */
export const DONE_WANTED = 4;
/** 1: the thread has to end. */
export const STOP = 5;
/** 1: the thread has ended in a way that JavaScript notices, and touches no memory any more. */
export const ENDED = 6;
/** 1: the thread has to fail in the middle of its next copy (fault injection). */
export const FAIL = 7;
/** Places assigned in the order of ending. It is ahead of DONE while a thread has not filled its place yet. */
const PLACES = 8;
const WORDS = 16;

export class Ring {
  readonly words: Int32Array;
  /** Cookies in the order in which they were issued. The n-th is at `n & MASK`. */
  readonly #order: Int32Array;
  /** Cookies plus 1 in the order in which they ended, at the same index. 0: the place is not filled yet. */
  readonly #ended: Int32Array;
  /** The pieces of each cookie that are not taken. The array below has those that have not ended. */
  readonly #left: Int32Array;
  readonly #open: Int32Array;
  /** The destination of each cookie. The arrays below have its source and its bytes. */
  readonly dst: Float64Array;
  readonly src: Float64Array;
  readonly bytes: Float64Array;
  /** 0, or the negative errno of the copy. */
  readonly result: Int32Array;

  static readonly bytes = WORDS * 4 + RING_CAPACITY * (5 * 4 + 3 * 8);

  constructor(buffer: SharedArrayBuffer) {
    let at = 0;
    const ints = (length: number): Int32Array => {
      const view = new Int32Array(buffer, at, length);
      at += length * 4;
      return view;
    };
    const doubles = (): Float64Array => {
      const view = new Float64Array(buffer, at, RING_CAPACITY);
      at += RING_CAPACITY * 8;
      return view;
    };
    this.words = ints(WORDS);
    this.#order = ints(RING_CAPACITY);
    this.#ended = ints(RING_CAPACITY);
    this.#left = ints(RING_CAPACITY);
    this.#open = ints(RING_CAPACITY);
    this.result = ints(RING_CAPACITY);
    this.dst = doubles();
    this.src = doubles();
    this.bytes = doubles();
  }

  cookieAt(n: number): number {
    return this.#order[n & MASK]!;
  }

  setCookieAt(n: number, cookie: number): void {
    this.#order[n & MASK] = cookie;
  }

  /** Makes a descriptor's pieces available. The client counts it in ISSUED afterwards. */
  open(cookie: number): void {
    const pieces = Math.ceil(this.bytes[cookie]! / RING_PIECE_BYTES);
    this.result[cookie] = 0;
    this.#open[cookie] = pieces;
    // From here on a late thread may take one.
    Atomics.store(this.#left, cookie, pieces);
  }

  /** Takes a piece of the descriptor. Returns its number, or -1 when none is left. */
  take(cookie: number): number {
    for (;;) {
      const left = Atomics.load(this.#left, cookie);
      if (left <= 0) return -1;
      if (Atomics.compareExchange(this.#left, cookie, left, left - 1) === left) return left - 1;
    }
  }

  /**
   * Copies a piece that was taken. Returns its bytes. If the copy throws, its thread ends, and the descriptor never
   * does, because nobody knows how much of it is in place.
   */
  work(cookie: number, piece: number, copy: (dst: number, src: number, bytes: number) => number): number {
    const from = piece * RING_PIECE_BYTES;
    const bytes = Math.min(RING_PIECE_BYTES, this.bytes[cookie]! - from);
    const error = copy(this.dst[cookie]! + from, this.src[cookie]! + from, bytes);
    if (error !== 0) Atomics.store(this.result, cookie, error);
    if (Atomics.sub(this.#open, cookie, 1) === 1) {
      const place = Atomics.add(this.words, PLACES, 1);
      Atomics.store(this.#ended, place & MASK, cookie + 1);
      Atomics.add(this.words, DONE, 1);
    }
    return bytes;
  }

  /**
   * Cookie of the n-th descriptor that ended, or -1 while its place is not filled. Call it once for each n, in order.
   */
  endedAt(n: number): number {
    const cookie = Atomics.load(this.#ended, n & MASK) - 1;
    // The place is reused after RING_CAPACITY more descriptors have ended. This cookie is not free before.
    if (cookie >= 0) Atomics.store(this.#ended, n & MASK, 0);
    return cookie;
  }
}
