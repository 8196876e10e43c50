import type { Worker } from 'node:worker_threads';
import { MigrationError } from '../mm/migration-error.js';
import { startEngineWorker } from './engine-worker.js';

export interface StartedThread {
  readonly worker: Worker;
  /** Resolves when it has ended: it touches no memory any more. */
  readonly exited: Promise<void>;
}

/**
 * Starts a thread that copies for a migrator, and waits for its first message. It keeps nobody's event loop alive, and an
 * error of its own is its end and not one of this thread's.
 * @throws MigrationError ENODEV, naming `what` it was to be, when it could not be started.
 */
export async function startThread(
  url: URL,
  name: string,
  workerData: unknown,
  what: string,
): Promise<StartedThread> {
  // Loaders and flags of the program are not for this thread.
  const worker = startEngineWorker(url, { workerData, name, execArgv: [] });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  let problem: unknown;
  worker.on('error', (error) => {
    problem = error;
  });
  let started = false;
  const ready = new Promise<void>((resolve) => {
    worker.once('message', () => {
      started = true;
      resolve();
    });
  });
  await Promise.race([ready, exited]);
  worker.unref();
  // It may have begun to copy, and have ended over that, by now: then it was there, and whoever waits for its end hears of it.
  if (started) return { worker, exited };
  throw new MigrationError('ENODEV', `${what} could not be started`, {
    operation: 'registerMigrator',
    advice: 'The limit of threads or of memory may have been reached.',
    cause: problem,
  });
}
