import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { describeThrown } from '../../common/describe-value.js';
import { ERRNO, type ErrnoName } from '../../common/errno.js';
import { clearTimeout, setTimeout } from '../../common/host-timers.js';
import { MigrationError } from '../../common/migration-error.js';
import { errnoOf } from '../../common/system-error.js';
import { endThread } from './engine-worker.js';
import type { ModuleStart } from './own-module.js';
import { cannotStart, newWorker } from './start-thread.js';

/** A module's thread that is ready. */
export interface LoadedModule {
  readonly worker: Worker;
  readonly port: MessagePort;
  /** The name that the module's part has given itself. */
  readonly name: string;
  /** Resolves to its exit code when the thread has ended. */
  readonly exited: Promise<number>;
  /** The error that ended the thread. Undefined until this thread's event loop has delivered it. */
  failure(): unknown;
}

export interface LoadOptions {
  /** The thread's own code, which imports the module and sends one `ModuleStart`. */
  readonly thread: URL;
  /** The part that the module provides, for messages: `migrator`. */
  readonly name: string;
  readonly operation: string;
  readonly advice: string;
  /** The thread's `workerData`, besides its port. */
  readonly data: { readonly module: string; readonly options: unknown };
  /** Milliseconds. */
  readonly limitMs: number;
}

/**
 * Starts a thread for a module, and waits up to `limitMs` until it is ready. It does not keep the process alive.
 * @throws MigrationError EMFILE and others if the thread cannot start, ENOENT or EINVAL for a bad module, ETIMEDOUT if
 * the module's own code does not finish.
 */
export async function loadModule(options: LoadOptions): Promise<LoadedModule> {
  const { thread, name, operation, data, limitMs } = options;
  // A channel of our own, because the module may use its parentPort.
  const { port1: port, port2 } = new MessageChannel();
  const worker = newWorker(
    thread,
    {
      workerData: { ...data, port: port2 },
      transferList: [port2],
      name: `pageferry ${name}`,
      // Without the program's loaders and flags.
      execArgv: [],
    },
    operation,
  );
  let failure: unknown;
  // Without a listener, an error of the module would be thrown in this thread.
  worker.on('error', (error) => {
    failure = error;
  });
  const exited = new Promise<number>((resolve) => {
    worker.on('exit', resolve);
  });
  let timer: NodeJS.Timeout | undefined;
  const started = await Promise.race([
    new Promise<ModuleStart>((resolve) => port.once('message', resolve)),
    exited.then((): ModuleStart | MigrationError => {
      // Its last message may still be in the queue.
      const last = receiveMessageOnPort(port)?.message as ModuleStart | undefined;
      if (last !== undefined) return last;
      // The thread failed before any code of the module ran, so this process has reached a limit.
      if (errnoOf(failure) !== 0) return cannotStart('the thread of the module', operation, failure);
      return refusal(options, 'EINVAL', `its thread exited${because(failure)}`);
    }),
    new Promise<MigrationError>((resolve) => {
      const late = (): void =>
        resolve(refusal(options, 'ETIMEDOUT', `loading timed out after ${limitMs} ms`));
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
  void endThread(worker);
  throw started instanceof MigrationError ? started : refused(options, started);
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

function refused(options: LoadOptions, started: ModuleStart | null): MigrationError {
  const { code, problem } = (started ?? {}) as { code?: unknown; problem?: unknown };
  if (typeof problem !== 'string') return refusal(options, 'EINVAL', 'its thread sent an unexpected message');
  // Without a code it is the last message of a thread that has ended.
  const known = typeof code === 'string' && Object.hasOwn(ERRNO, code);
  return refusal(options, known ? (code as ErrnoName) : 'EINVAL', problem);
}

function refusal({ name, operation, advice, data }: LoadOptions, code: ErrnoName, problem: string) {
  const argument = `${name}.module`;
  return new MigrationError(code, `${argument}: ${data.module}: ${problem}`, { operation, argument, advice });
}

/** The error that ended a thread, for a message. */
export function because(failure: unknown): string {
  return failure === undefined ? '' : `: ${describeThrown(failure)}`;
}
