import { Worker } from 'node:worker_threads';
import { CREW_OPERATIONS, CREW_STOP, type CrewRole, type CrewTask } from './crew-task.js';
import { until } from './fixture.js';

interface Member {
  readonly worker: Worker;
  readonly result: Promise<number>;
}

/** Threads that use memory while it is being migrated. */
export class Crew {
  readonly #control: Int32Array;
  readonly #members: readonly Member[];

  private constructor(memory: SharedArrayBuffer, roles: readonly CrewRole[]) {
    const control = new SharedArrayBuffer(64);
    this.#control = new Int32Array(control);
    this.#members = roles.map((role, index) => {
      const workerData: CrewTask = { index, role, memory, control };
      const worker = new Worker(new URL('./crew-worker.js', import.meta.url), { workerData });
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
    const results = await Promise.all(this.#members.map(({ result }) => result));
    await Promise.all(this.#members.map(({ worker }) => worker.terminate()));
    return results;
  }

  /** Stops the threads; resolves to what each has done. Rejects when one of them found something wrong. */
  stop(): Promise<number[]> {
    Atomics.store(this.#control, CREW_STOP, 1);
    return this.finished();
  }
}
