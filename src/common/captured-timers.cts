const { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } = globalThis;

/** Node's timers as they are when this module is loaded: see host-timers.ts. */
const timers = { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout };

export type CapturedTimers = typeof timers;

module.exports = timers;
