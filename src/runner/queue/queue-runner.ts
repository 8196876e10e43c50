import { randomUUID } from 'node:crypto';
import type { Job, Queue, QueueEvents } from 'bullmq';
import { MigrationError } from '../../common/migration-error.js';
import type { Runner } from '../runner.js';
import type { ResultOf, Task } from '../task.js';
import { type QueueAddress, showAddress } from './address.js';
import { checkQueue, connectionOf, PREFIX, queueName } from './connection.js';

/** A task should take so long that its way through the queue does not count. */
const TASK_MS = 1000;
/** How often a task that fails is tried. A task whose worker was lost is not a failed one. */
const ATTEMPTS = 3;
const BACKOFF_MS = 500;
/** Results are kept for a coordinator that has lost its connection. */
const KEEP_SECONDS = 3600;
/** Events that the server keeps, each with a result. */
const MAX_EVENTS = 1000;
/** Events can be lost with a connection, and tasks with a server. So all tasks are looked up now and then. */
const LOOK_UP_MS = 3000;
const MIN_WIDTH = 8;
const MAX_WIDTH = 4096;
const TASKS_PER_SLOT = 2;
/** Time without a worker after which the user gets a notice. */
const PATIENCE_MS = 3000;

/** Messages for people, such as that no worker is there. */
export type QueueNotice = (text: string) => void;

interface Pending {
  readonly task: Task;
  readonly settle: (result: unknown) => void;
  readonly fail: (error: Error) => void;
}

/** Runs tasks on any number of machines, through a queue on Redis or Valkey (BullMQ). */
export class QueueRunner implements Runner {
  readonly taskMs = TASK_MS;
  #width = MIN_WIDTH;
  #workers = 0;
  readonly #address: QueueAddress;
  readonly #queue: Queue;
  readonly #events: QueueEvents;
  readonly #notice: QueueNotice;
  readonly #pending = new Map<string, Pending>();
  /** Names of the tasks of this process. */
  readonly #run = randomUUID();
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  #waitingSince: number | undefined = performance.now();
  #closed = false;
  #lost = false;

  private constructor(address: QueueAddress, queue: Queue, events: QueueEvents, notice: QueueNotice) {
    this.#address = address;
    this.#queue = queue;
    this.#events = events;
    this.#notice = notice;
  }

  /** Connects. The queue's library is loaded now. @throws MigrationError for a server that does not answer */
  static async connect(address: QueueAddress, notice: QueueNotice): Promise<QueueRunner> {
    await checkQueue(address);
    const { Queue, QueueEvents } = await import('bullmq');
    const options = { connection: connectionOf(address), prefix: PREFIX };
    const queue = new Queue(queueName(), {
      ...options,
      defaultJobOptions: {
        attempts: ATTEMPTS,
        backoff: { type: 'exponential', delay: BACKOFF_MS },
        removeOnComplete: { age: KEEP_SECONDS },
        removeOnFail: { age: KEEP_SECONDS },
      },
      streams: { events: { maxLen: MAX_EVENTS } },
    });
    const events = new QueueEvents(queueName(), options);
    const runner = new QueueRunner(address, queue, events, notice);
    await runner.#begin();
    return runner;
  }

  async #begin(): Promise<void> {
    const onError = (): void => {
      if (this.#lost || this.#closed) return;
      this.#lost = true;
      this.#notice(`the connection to the queue at ${showAddress(this.#address)} is lost; trying again`);
    };
    this.#queue.on('error', onError);
    this.#events.on('error', onError);
    this.#events.on('completed', ({ jobId, returnvalue }) => this.#settle(jobId, returnvalue));
    this.#events.on('failed', ({ jobId, failedReason }) => void this.#failed(jobId, failedReason));
    // No task is added before its events are read.
    await this.#events.waitUntilReady();
    await this.#queue.waitUntilReady();
    await this.#countWorkers();
    this.#lookUpLater();
  }

  get width(): number {
    return this.#width;
  }

  async run<T extends Task>(task: T, signal?: AbortSignal): Promise<ResultOf<T>> {
    signal?.throwIfAborted();
    const id = `${this.#run}-${this.#next++}`;
    const result = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { task, settle: resolve, fail: reject });
    });
    const abort = (): void => this.#reject(id, signal!.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([result, this.#add(id, task)]);
      return (await result) as ResultOf<T>;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async #add(id: string, task: Task): Promise<void> {
    // A task that was added already is not added again.
    await this.#queue.add(task.kind, task, { jobId: id });
  }

  /** The first result of a task counts. Another one, of a worker that was slow or stopped, is dropped. */
  #settle(id: string, result: unknown): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    pending.settle(result);
    // Results of a long sweep would fill the server.
    void this.#withdraw(id);
  }

  #reject(id: string, error: Error): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.fail(error);
    if (pending !== undefined) void this.#withdraw(id);
  }

  async #failed(id: string, reason: string): Promise<void> {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#reject(
      id,
      new MigrationError(
        'EIO',
        `--queue: a task of ${pending.task.kind} failed on every worker that tried it: ${reason}`,
        {
          operation: 'queue',
          argument: '--queue',
          advice: 'The output of the workers has more.',
        },
      ),
    );
  }

  async #withdraw(id: string): Promise<void> {
    // A task that a worker runs stays: its result is dropped.
    await this.#queue.remove(id).catch(() => undefined);
  }

  #lookUpLater(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      void this.#lookUp()
        // The connection is tried again by the client.
        .catch(() => undefined)
        .finally(() => this.#lookUpLater());
    }, LOOK_UP_MS);
  }

  async #lookUp(): Promise<void> {
    await this.#countWorkers();
    this.#lost = false;
    for (const [id, { task }] of [...this.#pending]) {
      if (this.#closed) return;
      const job = (await this.#queue.getJob(id)) as Job | undefined;
      if (!this.#pending.has(id)) continue;
      if (job === undefined) {
        // The server has lost it.
        await this.#add(id, task);
        continue;
      }
      const state = await job.getState();
      if (state === 'completed')
        this.#settle(id, ((await this.#queue.getJob(id)) as Job | undefined)?.returnvalue);
      else if (state === 'failed') await this.#failed(id, job.failedReason ?? 'unknown reason');
    }
  }

  /** Workers write the number of their threads into their names. */
  async #countWorkers(): Promise<void> {
    const workers = await this.#queue.getWorkers();
    const slots = workers.map((worker) => Number(/threads=(\d+)/.exec(workerName(worker))?.[1] ?? 1));
    const sum = slots.reduce((all, each) => all + each, 0);
    this.#width = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, sum * TASKS_PER_SLOT));
    if (workers.length !== this.#workers) {
      this.#workers = workers.length;
      if (workers.length > 0) this.#notice(`${workers.length} workers are connected to the queue`);
      this.#waitingSince = workers.length === 0 ? performance.now() : undefined;
    }
    if (this.#waitingSince !== undefined && performance.now() - this.#waitingSince >= PATIENCE_MS) {
      this.#waitingSince = undefined;
      this.#notice(
        "no worker of this version is connected; run 'pageferry worker --queue …' on any machine that reaches the queue",
      );
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const ids = [...this.#pending.keys()];
    for (const { fail } of this.#pending.values()) fail(new Error('the runner is closed'));
    this.#pending.clear();
    await Promise.all(ids.map((id) => this.#withdraw(id)));
    await this.#events.close();
    await this.#queue.close();
  }
}

function workerName({
  rawname = '',
  name = '',
}: {
  readonly rawname?: string;
  readonly name?: string;
}): string {
  return `${rawname} ${name}`;
}
