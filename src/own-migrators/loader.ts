import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { describeThrown } from '../common/describe-value.js';
import { ERRNO, type ErrnoName } from '../common/errno.js';
import { MigrationError } from '../common/migration-error.js';
import { errnoOf } from '../common/system-error.js';
import { cannotStart, newWorker } from '../linux/threads/start-thread.js';
import type { ModuleStart, ModuleThreadOptions } from './thread.js';

/** A module's thread that is ready to copy. */
export interface LoadedModule {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly name: string;
  /** Resolves when the thread has ended. */
  readonly exited: Promise<void>;
  /** The error that ended the thread. Undefined until this thread's event loop has delivered it. */
  failure(): unknown;
}

/**
 * Starts a module's thread, and waits up to `limitMs` until it is ready. It does not keep the process alive.
 * @throws MigrationError EMFILE and others if the thread cannot start, ENOENT or EINVAL for a bad module, ETIMEDOUT if
 * the module's own code does not finish.
 */
export async function loadModule(
  options: Omit<ModuleThreadOptions, 'port'>,
  limitMs: number,
): Promise<LoadedModule> {
  // A channel of our own, because the module may use its parentPort.
  const { port1: port, port2 } = new MessageChannel();
  const worker = newWorker(
    new URL('./thread.js', import.meta.url),
    {
      workerData: { ...options, port: port2 } satisfies ModuleThreadOptions,
      transferList: [port2],
      name: 'pageferry migrator',
      // Without the program's loaders and flags.
      execArgv: [],
    },
    'registerMigrator',
  );
  let failure: unknown;
  // Without a listener, an error of the module would be thrown in this thread.
  worker.on('error', (error) => {
    failure = error;
  });
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', () => resolve());
  });
  let timer: NodeJS.Timeout | undefined;
  const started = await Promise.race([
    new Promise<ModuleStart>((resolve) => port.once('message', resolve)),
    exited.then((): ModuleStart | MigrationError => {
      // Its last message may still be in the queue.
      const last = receiveMessageOnPort(port)?.message as ModuleStart | undefined;
      if (last !== undefined) return last;
      // The thread failed before any code of the module ran, so this process has reached a limit.
      if (errnoOf(failure) !== 0) return cannotStart('the thread of the module', 'registerMigrator', failure);
      return refusal(options.module, 'EINVAL', `its thread exited${because(failure)}`);
    }),
    new Promise<MigrationError>((resolve) => {
      const late = (): void =>
        resolve(refusal(options.module, 'ETIMEDOUT', `loading timed out after ${limitMs} ms`));
      timer = setTimeout(late, limitMs);
    }),
  ]);
  clearTimeout(timer);
  if (isReady(started)) {
    worker.unref();
    port.unref();
    return { worker, port, name: started.name, exited, failure: () => failure };
  }
  port.close();
  void worker.terminate();
  throw started instanceof MigrationError ? started : refused(options.module, started);
}

/** Checks the shape of the message. The module can reach this port, too (through workerData), and post anything. */
function isReady(
  started: ModuleStart | MigrationError | null,
): started is Extract<ModuleStart, { ready: true }> {
  return (
    typeof started === 'object' &&
    started !== null &&
    'ready' in started &&
    started.ready === true &&
    typeof started.name === 'string'
  );
}

function refused(module: string, started: ModuleStart | null): MigrationError {
  const { code, problem } = (started ?? {}) as { code?: unknown; problem?: unknown };
  const known = typeof code === 'string' && Object.hasOwn(ERRNO, code) && typeof problem === 'string';
  return known
    ? refusal(module, code as ErrnoName, problem)
    : refusal(module, 'EINVAL', 'its thread sent an unexpected message');
}

function refusal(module: string, code: ErrnoName, problem: string) {
  return new MigrationError(code, `migrator.module: ${module}: ${problem}`, {
    operation: 'registerMigrator',
    argument: 'migrator.module',
    advice: 'See docs/own-migrators.md for what a module must export. Check it with testMigrator.',
  });
}

function because(failure: unknown): string {
  return failure === undefined ? '' : `: ${describeThrown(failure)}`;
}
