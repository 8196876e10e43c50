/** What a thread of the torture does. */
export type ThreadRole = 'writer' | 'scribe' | 'reader' | 'racer' | 'giver';

export interface ThreadTask {
  readonly name: string;
  readonly role: ThreadRole;
  readonly seed: number;
  /** Its place in the counts. */
  readonly index: number;
  readonly control: SharedArrayBuffer;
  readonly counts: SharedArrayBuffer;
  /** Memories of counters. */
  readonly counters: readonly SharedArrayBuffer[];
  readonly records: SharedArrayBuffer;
  /** Memory of which pages are given back. */
  readonly given: SharedArrayBuffer;
  /** The sequence of each record that was surely written, in memory that is never moved. */
  readonly written: SharedArrayBuffer;
  readonly log: boolean;
}

/** What a thread says when it has stopped, or a decision of it. */
export type ThreadMessage =
  | { readonly kind: 'decided'; readonly what: string }
  | { readonly kind: 'counted'; readonly what: string; readonly amount: number }
  | { readonly kind: 'end'; readonly done: number; readonly blocks: readonly Uint32Array[] };

/** Word of `control` that is not 0 once every thread is to stop. */
export const STOP = 0;
