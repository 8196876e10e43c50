/** How often the two clocks are compared: the closest pair of looks counts. */
const TRIES = 8;

/**
 * A clock that is the same in every thread of the process: nanoseconds of CLOCK_MONOTONIC. `performance.now` of each
 * thread counts from that thread's start; what lies between the two is found once, here, to a microsecond or less.
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
