/**
 * Threads that copy together with the calling one (what `mtcopy` needs of a machine). A *job* is a list of pieces;
 * whoever has time takes the next one, so that a thread which is not scheduled holds nobody up but by what it has taken.
 */
export interface CopyTeam {
  /** Threads that stand by, the calling one not counted. */
  readonly helpers: number;
  /** Opens a job; negative when as many as can be are open. */
  open(): number;
  /** Adds a piece to an open job, `pages` frames from `src` to `dst`. False when there is no room for it. */
  add(job: number, dst: number, src: number, pages: number): boolean;
  /** The helpers may begin. */
  start(job: number): void;
  /**
   * Copies with them until nothing is left to be taken, then waits for what others have taken, `nanoseconds` at
   * most. True when every piece has ended.
   */
  finish(job: number, nanoseconds: number): boolean;
  /** How a piece of a finished job ended: 1 copied, 0 not (yet), or a negative errno. */
  result(job: number, piece: number): number;
  /** The job is over; its number may be given again. Not for a job that did not end. */
  close(job: number): void;
  /** Has so many helpers stand by. Only while no job is open. */
  resize(helpers: number): Promise<void>;
  /** A job did not end: ends every helper. Resolves when none touches memory any more; the team is of no use then. */
  abandon(): Promise<void>;
  /** For fault injection: a helper ends in the middle of its next piece. */
  failNext?(): void;
}
