const [seconds, nanoseconds] = process.hrtime();
const started = seconds * 1000 + nanoseconds / 1e6 - performance.now();

/** Milliseconds on the system's monotonic clock, the same in all threads. `performance.now()` begins anew in each. */
export function monotonicMs(): number {
  return performance.now() + started;
}
