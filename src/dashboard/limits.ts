/** What keeps a client from holding more of this process than it should: bytes, milliseconds and numbers. */
export const HTTP_LIMITS = {
  connections: 64,
  headerBytes: 8192,
  bodyBytes: 8192,
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAlive: 5000,
  timeoutsChecked: 1000,
  /** What a client has for reading an answer that is complete. */
  reading: 10_000,
  /** Pages that look at the same time. */
  streams: 8,
  /** Bytes of a stream that its client has not taken: what comes meanwhile it is not sent. */
  streamBehind: 262_144,
  /** Milliseconds that a client which fell that far behind has to read all that is queued for it. */
  streamPatience: 10_000,
} as const;
