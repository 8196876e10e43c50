import type { Worker, WorkerOptions } from 'node:worker_threads';
import { describeThrown } from '../../common/describe-value.js';
import { ERRNO } from '../../common/errno.js';
import { MigrationError } from '../../common/migration-error.js';
import { errnoOf, systemError } from '../../common/system-error.js';
import { startEngineWorker } from './engine-worker.js';

export interface StartedThread {
  readonly worker: Worker;
  /** Resolves when the thread has ended and touches no memory any more. */
  readonly exited: Promise<void>;
}

/**
 * Starts a thread that copies for a migrator, and waits for its first message. The thread does not keep an event loop
 * alive. An error in it ends it, and not the calling thread.
 * @throws MigrationError that names `what`, if it could not be started: see `cannotStart`.
 */
export async function startThread(
  url: URL,
  name: string,
  workerData: unknown,
  what: string,
): Promise<StartedThread> {
  // Loaders and flags of the program are not for this thread.
  const worker = newWorker(url, { workerData, name, execArgv: [] }, 'registerMigrator');
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
  // It may have ended during a copy by now. Then it did start, and `exited` reports its end.
  if (started) return { worker, exited };
  throw cannotStart(what, 'registerMigrator', problem);
}

/**
 * Starts one of our threads (engine-worker.ts). `new Worker` throws a plain error when the process has reached a limit.
 * @throws MigrationError EMFILE, EAGAIN, ENOMEM, …
 */
export function newWorker(url: URL, options: WorkerOptions, operation: string): Worker {
  try {
    return startEngineWorker(url, options);
  } catch (cause) {
    throw cannotStart(options.name ?? 'a thread', operation, cause);
  }
}

/** Node's code for what its permission model forbids. */
const DENIED = 'ERR_ACCESS_DENIED';
/** Node's code for a thread that has reached its heap limit. */
const OUT_OF_MEMORY = 'ERR_WORKER_OUT_OF_MEMORY';

/**
 * The error for a thread that did not start. Its errno is the one that Node's error has or names. It is ENODEV for a thread
 * that ended without one, or that the kernel refused (pthread_create(3), whose errno Node does not report).
 */
export function cannotStart(what: string, operation: string, cause: unknown): MigrationError {
  const { code, message } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
  if (code === DENIED) {
    return new MigrationError('EPERM', `cannot start ${what}: Node's permission model forbids it`, {
      operation,
      advice:
        'Start Node with --allow-worker and --allow-addons, and with --allow-fs-read for the files of pageferry.',
      cause,
    });
  }
  const errno = code === OUT_OF_MEMORY ? ERRNO.ENOMEM : errnoOf(cause);
  const because = message === undefined ? '' : `: ${describeThrown(cause)}`;
  if (errno === ERRNO.EAGAIN) {
    const advice = 'Too many threads: raise the limit (ulimit -u, pids.max), or start fewer.';
    return systemError(errno, `cannot start ${what}${because}`, { operation, cause, advice });
  }
  if (errno !== 0) return systemError(errno, `cannot start ${what}${because}`, { operation, cause });
  return new MigrationError('ENODEV', `cannot start ${what}${because}`, {
    operation,
    advice:
      'Node does not report the cause. Check the limits of threads (ulimit -u, pids.max) and of memory.',
    cause,
  });
}
