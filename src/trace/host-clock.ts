/** Number of comparisons of the two clocks. The pair of reads with the least time between them counts. */
const TRIES = 8;

/**
 * A clock that all threads of the process share: nanoseconds of CLOCK_MONOTONIC. `performance.now` counts from the start of
 * its thread. Its offset is measured once, here, to a microsecond or less.
 */
export function hostClock(): () => number {
  let offset = 0;
  let closest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIES; i++) {
    const before = process.hrtime.bigint();
    const own = performance.now() * 1e6;
    const after = process.hrtime.bigint();
    const apart = Number(after - before);
    if (apart >= closest) continue;
    closest = apart;
    offset = Number(before) + apart / 2 - own;
  }
  return () => performance.now() * 1e6 + offset;
}
