import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { loadedCode } from '../../linux/code/machine-code.js';
import { HISTOGRAM_BYTES, WaitHistogram } from '../harness/wait-histogram.js';
import type { ClockCost } from './access-timer.js';
import {
  CONTROL_BYTES,
  type LoadReady,
  type LoadRun,
  type LoadThreadOptions,
  PAUSED,
  RUNNING,
  STOPPED,
} from './load-protocol.js';
import { ROLES, type Role } from './options.js';

/** What the threads of one role did in one run. */
export interface RoleRun {
  readonly role: Role;
  readonly accesses: number;
  /** Values that cannot be. */
  readonly wrong: number;
  /** Nanoseconds that its threads ran, added up. */
  readonly threadNs: number;
  /** Accesses a second of all its threads together. */
  readonly perSecond: number;
  readonly waits: WaitHistogram;
}

interface LoadThread {
  readonly role: Role;
  readonly worker: Worker;
  readonly times: SharedArrayBuffer;
  readonly cost: ClockCost;
}

/** The threads of a program that reads and updates memory. They pause between runs. */
export class ProgramLoad {
  readonly #threads: readonly LoadThread[];
  readonly #control: Int32Array;

  private constructor(threads: readonly LoadThread[], control: Int32Array) {
    this.#threads = threads;
    this.#control = control;
  }

  /** Starts so many threads of each role over these counters. */
  static async start(
    words: Int32Array,
    program: Readonly<Record<Role, number>>,
    seed: number,
  ): Promise<ProgramLoad> {
    const control = new SharedArrayBuffer(CONTROL_BYTES);
    const threads: LoadThread[] = [];
    try {
      for (const role of ROLES) {
        for (let i = 0; i < program[role]; i++) {
          const times = new SharedArrayBuffer(HISTOGRAM_BYTES);
          const own = seed * 1000 + threads.length;
          const workerData: LoadThreadOptions = {
            role,
            words,
            control,
            times,
            seed: own,
            watchSeed: seed,
            code: loadedCode(),
          };
          const worker = new Worker(new URL('./load-thread.js', import.meta.url), { workerData, name: role });
          // One after the other, as each measures its clock first.
          const [{ cost }] = (await once(worker, 'message')) as [LoadReady];
          threads.push({ role, worker, times, cost });
        }
      }
    } catch (error) {
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
      throw error;
    }
    return new ProgramLoad(threads, new Int32Array(control));
  }

  /** What the clock costs a thread of this role: the most that one of them found. */
  clockCost(role: Role): ClockCost {
    const costs = this.#threads.filter((thread) => thread.role === role).map(({ cost }) => cost);
    return costs.reduce((max, cost) => (cost.costNs > max.costNs ? cost : max));
  }

  /**
   * Has the threads of these roles run while `work` goes on; resolves when they have paused again. When `work` fails it
   * rejects at once, as a thread may wait for a page that is not back yet: then nothing but `close` is left to do.
   */
  async run(roles: readonly Role[], work: () => Promise<void>): Promise<readonly RoleRun[]> {
    const running = this.#threads.filter(({ role }) => roles.includes(role));
    for (const { times } of running) new WaitHistogram(times).reset();
    const runs = running.map(({ worker }) => nextRun(worker));
    // Whatever happens to `work`, it is heard of first.
    for (const run of runs) run.catch(() => undefined);
    this.#command(roles, RUNNING);
    try {
      await work();
    } finally {
      this.#command(roles, PAUSED);
    }
    const done = await Promise.all(runs);
    return roles.map((role) => {
      const own = done.filter((_, i) => running[i]!.role === role);
      const waits = new WaitHistogram();
      for (const thread of running) if (thread.role === role) waits.add(new WaitHistogram(thread.times));
      return {
        role,
        accesses: own.reduce((sum, { accesses }) => sum + accesses, 0),
        wrong: own.reduce((sum, { wrong }) => sum + wrong, 0),
        threadNs: own.reduce((sum, { durationNs }) => sum + durationNs, 0),
        perSecond: own.reduce((sum, run) => sum + (run.accesses * 1e9) / run.durationNs, 0),
        waits,
      };
    });
  }

  /** Ends the threads. Only once every page is in its place: a thread that waits for one cannot be ended. */
  async close(): Promise<void> {
    this.#command(ROLES, STOPPED);
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #command(roles: readonly Role[], command: number): void {
    for (const role of roles) {
      Atomics.store(this.#control, ROLES.indexOf(role), command);
      Atomics.notify(this.#control, ROLES.indexOf(role));
    }
  }
}

/** Its next message. */
async function nextRun(worker: Worker): Promise<LoadRun> {
  const over = new AbortController();
  const ended = once(worker, 'exit', { signal: over.signal }).then(() => {
    throw new Error('a load thread exited early');
  });
  ended.catch(() => undefined);
  try {
    const [run] = (await Promise.race([once(worker, 'message', { signal: over.signal }), ended])) as [
      LoadRun,
    ];
    return run;
  } finally {
    over.abort();
  }
}
