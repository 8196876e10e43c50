/**
 * The migrators' timers of a host (src/migrators/timers.ts) call it, which are there but never used here: the simulated
 * machine brings its own.
 */
declare function setImmediate(action: () => void): unknown;
