import { parentPort } from 'node:worker_threads';
import { modulesLoaded } from './loading.js';

/**
 * Runs the work of a thread that `startThread` starts. The work calls `ready` before it first waits.
 *
 * An error after that ends the thread, and no more. The owner of the thread notices its end. If the error left the
 * module, and the thread was ended in that moment, Node 20 would abort the process. Its TriggerUncaughtException reads
 * `process._fatalException` with ToLocalChecked, which fails in a thread that is about to end.
 */
export function runStarted(work: (ready: () => void) => void): void {
  let isReady = false;
  try {
    work(() => {
      isReady = true;
      modulesLoaded();
      parentPort!.postMessage('ready');
    });
  } catch (error) {
    if (!isReady) throw error;
  }
}
