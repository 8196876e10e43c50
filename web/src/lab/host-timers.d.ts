export {};

declare global {
  /**
   * The migrators' timers of a host (src/migrators/timers.ts) call it. They are there but never used here: the simulated
   * machine brings its own.
   */
  function setImmediate(action: () => void): unknown;
}
