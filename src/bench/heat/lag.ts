/** The part of a hot set that a snapshot has to report as hottest, to have seen it. */
const SEEN_SHARE = 0.9;

/** The hottest units of a snapshot, and when it was taken. */
export interface Sighting {
  readonly atMs: number;
  readonly hottest: ReadonlySet<number>;
}

/** A hot set has moved to these units. */
export interface Move {
  readonly atMs: number;
  readonly from: number;
  readonly length: number;
}

/**
 * Milliseconds from each move until the first snapshot that reports 9 in 10 of its units as hottest. Infinity if none did
 * before the next move. The last move counts only if it was seen.
 * @param moves In the order of time.
 */
export function lagsOf(moves: readonly Move[], sightings: readonly Sighting[]): number[] {
  return moves.flatMap((move, i) => {
    const next = moves[i + 1];
    const seen = sightings.find(({ atMs, hottest }) => {
      const current = atMs >= move.atMs && (next === undefined || atMs < next.atMs);
      return current && reports(hottest, move);
    });
    if (seen !== undefined) return [seen.atMs - move.atMs];
    return next === undefined ? [] : [Number.POSITIVE_INFINITY];
  });
}

function reports(hottest: ReadonlySet<number>, { from, length }: Move): boolean {
  let found = 0;
  for (let unit = from; unit < from + length; unit++) if (hottest.has(unit)) found++;
  return found >= SEEN_SHARE * length;
}
