import { Worker } from 'node:worker_threads';

/** Programs that run for long on purpose set their own. */
const { PAGEFERRY_WATCHDOG_MS = '240000' } = process.env;
const LIMIT_MS = Number(PAGEFERRY_WATCHDOG_MS);

/**
 * Kills this process if it is still there after a while. A thread that sleeps in a page fault cannot run the
 * test runner's own timeout, and may be the main thread.
 */
const source = `
  const { workerData } = require('node:worker_threads');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, workerData);
  require('node:fs').writeSync(2, 'the watchdog killed a test that hung\\n');
  process.kill(process.pid, 'SIGKILL');
`;
new Worker(source, { eval: true, workerData: LIMIT_MS, execArgv: [] }).unref();
