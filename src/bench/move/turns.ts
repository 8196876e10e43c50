/** A run: whose it is, and which way it goes. */
export interface Turn<T> {
  readonly row: T;
  readonly back: boolean;
}

/**
 * The order of all runs. The rows take turns, so that a drift of the host hits all alike; every other round
 * goes backwards, so that each row moves both ways although the direction simply alternates.
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
