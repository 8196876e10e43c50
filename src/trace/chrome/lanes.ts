/** The first row number of each kind. */
const KINDS = { thread: 1, program: 2, slot: 10, region: 100, channel: 1000 } as const;

export type LaneKind = keyof typeof KINDS;

/** The rows of one process in a trace. Each has a number (a tid) and a name. */
export class Lanes {
  readonly #numbers = new Map<string, number>();
  readonly #names = new Map<number, string>();
  readonly #next: Record<LaneKind, number> = { ...KINDS };

  /** The number of a row. Rows of one kind are neighbours. */
  of(kind: LaneKind, name: string): number {
    const key = `${kind} ${name}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#next[kind]++;
      this.#numbers.set(key, number);
      this.#names.set(number, name);
    }
    return number;
  }

  /** Number and name of every row, in order. */
  get all(): readonly (readonly [number: number, name: string])[] {
    return [...this.#names].sort(([a], [b]) => a - b);
  }
}

/**
 * Spreads overlapping spans of one row over several rows, because a channel may have shares of several batches in its
 * queue. `spans` is sorted by beginning. Returns the row of each span, from 0.
 */
export function spread(spans: readonly { readonly at: number; readonly ns: number }[]): number[] {
  const ends: number[] = [];
  return spans.map(({ at, ns }) => {
    let row = ends.findIndex((end) => end <= at);
    if (row < 0) row = ends.length;
    ends[row] = at + ns;
    return row;
  });
}
