import { MAX_BATCHES_OUT } from '../../mm/pipeline/batch.js';

/**
 * The board of a copy team, in memory that its threads share. A job is a list of pieces, of which a free thread takes one
 * group at a time.
 *
 * LEFT counts down the groups that nobody has taken. To take one is a compare-and-swap from n to n - 1, which takes group n - 1.
 * A late thread with an old n takes a group of the current job, or none, and both are correct.
 */
export const JOBS = MAX_BATCHES_OUT;
/**
 * Words of the board. POSTED changes with every posted job, whose number is the word modulo JOBS, and helpers sleep on it.
 * The others are the sleepers on it, the sleepers on ended jobs, and stop.
 */
export const POSTED = 0;
export const POSTED_SLEEPERS = 1;
export const ENDED_SLEEPERS = 2;
export const STOP = 3;
/** 1: a helper has to fail in the middle of its next piece (fault injection). */
export const FAIL = 4;
const BOARD_WORDS = 16;

/**
 * Words of a job: groups not taken, groups not ended (the caller sleeps on it), pieces, pieces of a group, and the number
 * of its batch if copies are recorded (else 0).
 */
export const LEFT = 0;
export const OPEN = 1;
export const PIECES = 2;
export const GROUP = 3;
export const BATCH = 4;
const JOB_WORDS = 16;

export class Board {
  readonly words: Int32Array;
  readonly pieces: number;
  readonly dst: Float64Array;
  readonly src: Float64Array;
  readonly bytes: Float64Array;
  /** 1 copied, 0 not yet, or a negative errno. */
  readonly result: Int32Array;

  /** Bytes of a board whose jobs have up to `pieces` pieces, an even number. */
  static bytes(pieces: number): number {
    return (BOARD_WORDS + JOBS * JOB_WORDS) * 4 + JOBS * pieces * (4 + 3 * 8);
  }

  constructor(buffer: SharedArrayBuffer, pieces: number) {
    const words = BOARD_WORDS + JOBS * JOB_WORDS;
    this.pieces = pieces;
    this.words = new Int32Array(buffer, 0, words);
    this.result = new Int32Array(buffer, words * 4, JOBS * pieces);
    const doubles = (nth: number): Float64Array =>
      new Float64Array(buffer, words * 4 + JOBS * pieces * (4 + nth * 8), JOBS * pieces);
    this.dst = doubles(0);
    this.src = doubles(1);
    this.bytes = doubles(2);
  }

  word(job: number, word: number): number {
    return BOARD_WORDS + job * JOB_WORDS + word;
  }

  /** Takes a group of the job. Returns its number, or -1 if none is left. */
  take(job: number): number {
    const at = this.word(job, LEFT);
    for (;;) {
      const left = Atomics.load(this.words, at);
      if (left <= 0) return -1;
      if (Atomics.compareExchange(this.words, at, left, left - 1) === left) return left - 1;
    }
  }

  sizeOf(job: number, group: number): { readonly pieces: number; readonly bytes: number } {
    const { first, end } = this.#piecesOf(job, group);
    let bytes = 0;
    for (let i = first; i < end; i++) bytes += this.bytes[i]!;
    return { pieces: end - first, bytes };
  }

  /** Copies the pieces of a taken group. Returns the number of groups of the job that are still open. */
  work(job: number, group: number, copy: (dst: number, src: number, bytes: number) => number): number {
    const { first, end } = this.#piecesOf(job, group);
    let open = 0;
    try {
      for (let i = first; i < end; i++) {
        const error = copy(this.dst[i]!, this.src[i]!, this.bytes[i]!);
        Atomics.store(this.result, i, error === 0 ? 1 : error);
      }
    } finally {
      // Also if the copy throws. The thread then ends, and its unmarked pieces were not copied.
      open = Atomics.sub(this.words, this.word(job, OPEN), 1) - 1;
    }
    return open;
  }
  #piecesOf(job: number, group: number): { readonly first: number; readonly end: number } {
    const size = this.words[this.word(job, GROUP)]!;
    const start = job * this.pieces;
    const end = start + Math.min(this.words[this.word(job, PIECES)]!, (group + 1) * size);
    return { first: start + group * size, end };
  }
}
