/**
 * The time that the threads of a program wait for one batch, nanoseconds of all threads together. A thread that touches a
 * page of the batch while it is unmapped waits until the batch is back. Touches are a Poisson process.
 * @param accessesPerNs Accesses of all threads to the batch.
 * @param outNs The time for which the batch is unmapped.
 */
export function waitsForBatch(accessesPerNs: number, threads: number, outNs: number): number {
  const touches = (accessesPerNs / threads) * outNs;
  // The mean of outNs minus the time of the first touch, which is 0 if none comes. Below, the first terms of its series.
  const part = touches < 1e-4 ? touches / 2 : 1 + Math.expm1(-touches) / touches;
  return threads * outNs * part;
}
