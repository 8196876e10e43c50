/** Where the break-even line runs along a cell. */
export interface Edges {
  readonly top: boolean;
  readonly left: boolean;
  /** It is on the side where offloading pays. */
  readonly inside: boolean;
}

/** The line runs between two cells of which one is faster than the baseline and one is not. */
export function edgesOf(
  faster: (row: number, column: number) => boolean,
  row: number,
  column: number,
): Edges {
  const inside = faster(row, column);
  return {
    inside,
    top: row > 0 && faster(row - 1, column) !== inside,
    left: column > 0 && faster(row, column - 1) !== inside,
  };
}
