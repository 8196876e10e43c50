/**
 * The queue of a soft channel, in memory that its thread and its client share: descriptors, the order in which they
 * were issued, and the order in which they ended. Its counters only ever grow, and wrap.
 *
 * A descriptor is cut into *pieces*. The channel's thread takes them one at a time, and so does a client that helps.
 * LEFT counts down the pieces that nobody has taken: a compare-and-swap from n to n - 1 takes piece n - 1. A thread that
 * comes late with an old cookie takes a piece of the descriptor that has the cookie now, or none, and both are right.
 */

/** Enough for two batches of 32 MiB whose base pages are all scattered: a descriptor each, on one channel. */
export const RING_CAPACITY = 16_384;
const MASK = RING_CAPACITY - 1;

/**
 * Bytes of a piece at most, as many as of a piece of mtcopy. A client that has nothing left to help with waits for one
 * piece, so a piece is small; the call that copies it costs a hundredth of it.
 */
export const RING_PIECE_BYTES = 256 * 1024;

/** Descriptors issued so far; the thread sleeps on it. */
export const ISSUED = 0;
/** Descriptors ended so far; the client sleeps on it. */
export const DONE = 1;
/** Threads that sleep on ISSUED, and on DONE. */
export const ISSUED_SLEEPERS = 2;
export const DONE_SLEEPERS = 3;
/** The client sleeps until DONE has come this far: it need not be woken before. */
export const DONE_WANTED = 4;
/** 1: the thread is to end. */
export const STOP = 5;
/** 1: the thread has ended, in whatever way JavaScript can tell of; it touches no memory any more. */
export const ENDED = 6;
/** 1: the thread is to fail in the middle of its next copy (fault injection). */
export const FAIL = 7;
/** Places given out in the order of ending. Ahead of DONE while a thread is about to fill its place. */
const PLACES = 8;
const WORDS = 16;

/** Views of one ring. */
export class Ring {
  readonly words: Int32Array;
  /** Cookies in the order in which they were issued: the n-th ever is at `n & MASK`. */
  readonly #order: Int32Array;
  /** Cookies plus 1 in the order in which they ended, likewise. 0: nobody has ended there yet. */
  readonly #ended: Int32Array;
  /** By cookie: pieces that nobody has taken, and pieces that have not ended. */
  readonly #left: Int32Array;
  readonly #open: Int32Array;
  /** By cookie. */
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

  /** Cookie of the n-th descriptor that was issued. */
  cookieAt(n: number): number {
    return this.#order[n & MASK]!;
  }

  setCookieAt(n: number, cookie: number): void {
    this.#order[n & MASK] = cookie;
  }

  /** Lets a descriptor's pieces be taken. The client counts it in ISSUED afterwards. */
  open(cookie: number): void {
    const pieces = Math.ceil(this.bytes[cookie]! / RING_PIECE_BYTES);
    this.result[cookie] = 0;
    this.#open[cookie] = pieces;
    // From here on a thread that comes late may take one.
    Atomics.store(this.#left, cookie, pieces);
  }

  /** Takes a piece of the descriptor; its number, or -1 when none is left. */
  take(cookie: number): number {
    for (;;) {
      const left = Atomics.load(this.#left, cookie);
      if (left <= 0) return -1;
      if (Atomics.compareExchange(this.#left, cookie, left, left - 1) === left) return left - 1;
    }
  }

  /**
   * Copies a piece that was taken; returns its bytes. If the copy throws, the descriptor never ends: how much of it is
   * in place is not known, and the thread that took it ends.
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

  /** Cookie of the n-th descriptor that ended, or -1 while it is not known; to be asked once, and in order. */
  endedAt(n: number): number {
    const cookie = Atomics.load(this.#ended, n & MASK) - 1;
    // The place is used again when as many have ended as there are cookies, and this one is not free before.
    if (cookie >= 0) Atomics.store(this.#ended, n & MASK, 0);
    return cookie;
  }
}
