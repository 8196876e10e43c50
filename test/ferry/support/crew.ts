import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import {
  CREW_BEGIN,
  CREW_OPERATIONS,
  CREW_READY,
  CREW_STOP,
  type CrewRole,
  type CrewTask,
} from './crew-task.js';
import { until } from './fixture.js';

interface Member {
  readonly worker: Worker;
  readonly result: Promise<number>;
}

/** Threads that have ended their task and wait for another one. A start costs more than most of what they do. */
const idle: Worker[] = [];

/** A thread for one task: one that has been used, or a new one. It does not keep the process alive once it is idle. */
function hire(task: CrewTask): Worker {
  const worker = idle.pop() ?? new Worker(new URL('./crew-worker.js', import.meta.url));
  worker.ref();
  worker.postMessage(task);
  return worker;
}

function dismiss(worker: Worker): void {
  for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
  worker.unref();
  idle.push(worker);
}

/** Threads that use memory while it is being migrated. */
export class Crew {
  readonly #control: Int32Array;
  readonly #members: readonly Member[];
  #dismissed = false;

  private constructor(memory: SharedArrayBuffer, roles: readonly CrewRole[]) {
    const control = new SharedArrayBuffer(128);
    this.#control = new Int32Array(control);
    this.#members = roles.map((role, index) => {
      const worker = hire({ index, role, memory, control });
      const result = new Promise<number>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
        worker.once('exit', () => reject(new Error('a thread of the crew has ended early')));
      });
      // Whoever awaits `stop` learns of it; until then it is no unhandled rejection.
      result.catch(() => Atomics.store(this.#control, CREW_STOP, 1));
      return { worker, result };
    });
  }

  /** Starts the threads; resolves when each is at work. */
  static async start(memory: SharedArrayBuffer, roles: readonly CrewRole[]): Promise<Crew> {
    const crew = new Crew(memory, roles);
    const stopped = () => Atomics.load(crew.#control, CREW_STOP) !== 0;
    while (!stopped() && Atomics.load(crew.#control, CREW_READY) < roles.length) await sleep(1);
    crew.#begin();
    await until(() => stopped() || roles.every((_, index) => crew.operations(index) > 0));
    return crew;
  }

  /** Operations that a thread has done so far. */
  operations(index: number): number {
    return Atomics.load(this.#control, CREW_OPERATIONS + index);
  }

  /** Resolves when every thread has done something more, so that none of them is asleep for ever. */
  async allGoOn(): Promise<void> {
    const before = this.#members.map((_, index) => this.operations(index));
    await until(
      () =>
        Atomics.load(this.#control, CREW_STOP) !== 0 ||
        before.every((n, index) => this.operations(index) > n),
    );
  }

  /** What each thread has done, when all have finished by themselves. */
  async finished(): Promise<number[]> {
    try {
      const results = await Promise.all(this.#members.map(({ result }) => result));
      if (!this.#dismissed) for (const { worker } of this.#members) dismiss(worker);
      this.#dismissed = true;
      return results;
    } catch (error) {
      for (const { worker } of this.#members) void worker.terminate();
      throw error;
    }
  }

  #begin(): void {
    Atomics.store(this.#control, CREW_BEGIN, 1);
    Atomics.notify(this.#control, CREW_BEGIN);
  }

  /** Stops the threads; resolves to what each has done. Rejects when one of them found something wrong. */
  stop(): Promise<number[]> {
    Atomics.store(this.#control, CREW_STOP, 1);
    return this.finished();
  }
}
