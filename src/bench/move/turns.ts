/** A run of a row, in one direction. */
export interface Turn<T> {
  readonly row: T;
  readonly back: boolean;
}

/**
 * The order of all runs. The rows alternate, so that a drift of the host affects all alike. Every other round is in reverse
 * order. So each row moves both ways, although the direction alternates from run to run.
 */
export function turns<T>(rows: readonly T[], rounds: number): Turn<T>[] {
  const order: Turn<T>[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const row of round % 2 === 0 ? rows : rows.toReversed()) {
      order.push({ row, back: order.length % 2 === 1 });
    }
  }
  return order;
}
