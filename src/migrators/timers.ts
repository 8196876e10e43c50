/** Time as a migrator needs it: of the host, or of a simulated machine. */
export interface Timers {
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /** Has `action` happen when nothing is unmapped any more. */
  later(action: () => void): void;
}

export const HOST_TIMERS: Timers = {
  now: () => performance.now(),
  later: (action) => void setImmediate(action),
};
