import { hostname } from 'node:os';
import type { Worker } from 'bullmq';
import { MigrationError } from '../../common/migration-error.js';
import type { Runner } from '../runner.js';
import type { Task } from '../task.js';
import type { QueueAddress } from './address.js';
import { checkQueue, connectionOf, PREFIX, queueName } from './connection.js';

/** Workers that a task may take with it before it is given up. */
const MAX_LOST = 5;

export interface QueueWorkerOptions {
  readonly address: QueueAddress;
  /** Runs the tasks: the threads of this process, whose main thread renews the leases. */
  readonly runner: Runner;
  /** Tasks at a time. */
  readonly threads: number;
  /** Milliseconds after which the task of a worker that is lost or stopped goes to another worker. */
  readonly leaseMs: number;
  /** Lines for people. */
  readonly notice: (text: string) => void;
}

/** Takes tasks from a queue until it is closed. */
export class QueueWorker {
  readonly #worker: Worker<Task, unknown>;
  /** Tasks that this worker has begun, completed, and failed. */
  #begun = 0;
  done = 0;
  #failed = 0;
  /** When the last task began or ended. */
  lastAt = performance.now();

  private constructor(worker: Worker<Task, unknown>) {
    this.#worker = worker;
  }

  /** Connects. The queue's library is loaded now. @throws MigrationError for a server that does not answer */
  static async start({
    address,
    runner,
    threads,
    leaseMs,
    notice,
  }: QueueWorkerOptions): Promise<QueueWorker> {
    await checkQueue(address);
    const { Worker, UnrecoverableError } = await import('bullmq');
    const run = async (task: Task): Promise<unknown> => {
      found.#begun++;
      found.lastAt = performance.now();
      try {
        return await runner.run(checkTask(task));
      } catch (error) {
        // It would fail everywhere.
        if (error instanceof MigrationError && error.code === 'EINVAL')
          throw new UnrecoverableError(error.message);
        throw error;
      } finally {
        found.lastAt = performance.now();
      }
    };
    const worker = new Worker<Task, unknown>(queueName(), ({ data }) => run(data), {
      connection: connectionOf(address),
      prefix: PREFIX,
      name: `${hostname()}-${process.pid}-threads=${threads}`,
      concurrency: threads,
      lockDuration: leaseMs,
      stalledInterval: Math.max(500, leaseMs / 2),
      maxStalledCount: MAX_LOST,
      autorun: false,
    });
    const found = new QueueWorker(worker);
    let lost = false;
    worker.on('error', (error) => {
      // Codes of the library's scripts are numbers: another worker has the task, since this one was stopped for longer
      // than its lease.
      if (typeof Object(error).code === 'number' || /lock/i.test(error.message)) return;
      if (!lost)
        notice(`the queue does not answer (${Object(error).code ?? 'unknown reason'}); trying again`);
      lost = true;
    });
    worker.on('completed', () => {
      found.done++;
      lost = false;
    });
    worker.on('failed', (job, error) => {
      found.#failed++;
      notice(`task ${job?.id ?? ''} failed: ${error.message}`);
    });
    await worker.waitUntilReady();
    void worker.run();
    return found;
  }

  /** Tasks whose result came after another worker had got them. Exact after `close`. */
  get late(): number {
    return this.#begun - this.done - this.#failed;
  }

  /** Ends after the tasks in progress. */
  async close(): Promise<void> {
    await this.#worker.close();
  }
}

function checkTask(task: unknown): Task {
  const { kind } = Object(task) as Partial<Task>;
  if (kind === 'sweep' || kind === 'explore') return task as Task;
  throw new MigrationError('EINVAL', 'task.kind: not a task of pageferry', {
    operation: 'worker',
    argument: 'task.kind',
  });
}
