/**
 * Threads that copy together with the calling thread (`mtcopy`'s needs of a machine). A *job* is a list of pieces. Each
 * thread takes the next piece when it is free. So a thread that is not scheduled delays only the piece that it has taken.
 */
export interface CopyTeam {
  /** Helper threads, without the calling thread. */
  readonly helpers: number;
  /** Opens a job. Negative if the maximum number of jobs is open. */
  open(): number;
  /** Adds a piece to an open job: `pages` frames from `src` to `dst`. False if the job has no room for it. */
  add(job: number, dst: number, src: number, pages: number): boolean;
  /** Lets the helpers begin. */
  start(job: number): void;
  /**
   * Copies with the helpers until no piece is left. Then waits up to `nanoseconds` for the pieces that others have taken.
   * True if every piece has ended.
   */
  finish(job: number, nanoseconds: number): boolean;
  /** The result of a piece of a finished job: 1 if copied, 0 if not (yet), or a negative errno. */
  result(job: number, piece: number): number;
  /** Ends the job; its number may be reused. Not for a job with pieces that have not ended. */
  close(job: number): void;
  /** Changes the number of helpers. Only while no job is open. */
  resize(helpers: number): Promise<void>;
  /** Ends every helper after a job that did not end. Resolves when none touches memory. The team is then unusable. */
  abandon(): Promise<void>;
  /** For fault injection: a helper ends in the middle of its next piece. */
  failNext?(): void;
}
