/** Limits on what a client can make this process hold. Times are in milliseconds. */
export const HTTP_LIMITS = {
  connections: 64,
  headerBytes: 8192,
  bodyBytes: 8192,
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAlive: 5000,
  timeoutsChecked: 1000,
  /** Time for a client to read a complete answer. */
  reading: 10_000,
  /** Pages that can be open at once. */
  streams: 8,
  /** Bytes that may be queued for a stream's client. Beyond that, ticks are dropped. */
  streamBehind: 262_144,
  /** Time for such a client to read all that is queued. */
  streamPatience: 10_000,
} as const;
