/**
 * The queue of a soft channel, in memory that its thread shares: descriptors, the order in which they were
 * issued, and two counters that only ever grow (and wrap): issued by the client, done by the thread.
 */
export const RING_CAPACITY = 1024;
const MASK = RING_CAPACITY - 1;

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
const WORDS = 16;

/** Views of one ring. */
export class Ring {
  readonly words: Int32Array;
  /** Cookies in the order in which they were issued: the n-th ever is at `n & MASK`. */
  readonly #order: Int32Array;
  /** By cookie. */
  readonly dst: Float64Array;
  readonly src: Float64Array;
  readonly bytes: Float64Array;
  /** 0, or the negative errno of the copy. */
  readonly result: Int32Array;

  static readonly bytes = WORDS * 4 + RING_CAPACITY * (2 * 4 + 3 * 8);

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
}
