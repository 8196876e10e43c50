/** The clock of a migrator: the host's, or a simulated machine's. */
export interface Timers {
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /** Runs `action` once nothing is unmapped. */
  later(action: () => void): void;
}

export const HOST_TIMERS: Timers = {
  now: () => performance.now(),
  later: (action) => void setImmediate(action),
};
