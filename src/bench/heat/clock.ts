const [seconds, nanoseconds] = process.hrtime();
const started = seconds * 1000 + nanoseconds / 1e6 - performance.now();

/** Milliseconds on the system's monotonic clock. All threads have the same, while `performance.now()` begins with a thread. */
export function monotonicMs(): number {
  return performance.now() + started;
}
