/** What a thread does to the ranges that all of them share. */
export type SuspectRole = 'move' | 'flags' | 'age' | 'collapse' | 'touch' | 'smaps' | 'pin';

/** One range of memory that pages are moved out of and back into, with the userfaultfd that moves them. */
export interface SuspectRange {
  /** Address of the program's side, and of the other. Both are registered. */
  readonly here: number;
  readonly there: number;
  readonly bytes: number;
  readonly descriptor: number;
}

export interface SuspectTask {
  readonly role: SuspectRole;
  readonly name: string;
  readonly seed: number;
  readonly ranges: readonly SuspectRange[];
  /** For `move`: which of the ranges is its own. */
  readonly own: number;
  /** Word 0: not 0 once every thread is to stop; word 1 + index: what a thread has done. */
  readonly control: Int32Array;
  /** The longest that one act of each thread has taken, in µs. */
  readonly longest: Int32Array;
  readonly index: number;
}
