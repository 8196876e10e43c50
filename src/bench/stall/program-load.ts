import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { HISTOGRAM_BYTES, WaitHistogram } from '../../common/wait-histogram.js';
import { loadedCode } from '../../linux/code/machine-code.js';
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

export interface RoleRun {
  readonly role: Role;
  readonly accesses: number;
  /** Impossible values. */
  readonly wrong: number;
  /** Sum of the nanoseconds that its threads ran. */
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

  /** Starts threads of each role over these counters. */
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
          // One after the other, because each measures its clock first.
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

  /** The clock's cost for a thread of this role: the maximum of all threads. */
  clockCost(role: Role): ClockCost {
    const costs = this.#threads.filter((thread) => thread.role === role).map(({ cost }) => cost);
    return costs.reduce((max, cost) => (cost.costNs > max.costNs ? cost : max));
  }

  /**
   * Runs the threads of these roles during `work`, and resolves when they have paused again. When `work` fails, it rejects
   * without waiting for the threads, as they may wait for a page in flight. Only `close` may follow.
   */
  async run(roles: readonly Role[], work: () => Promise<void>): Promise<readonly RoleRun[]> {
    const running = this.#threads.filter(({ role }) => roles.includes(role));
    for (const { times } of running) new WaitHistogram(times).reset();
    const runs = running.map(({ worker }) => nextRun(worker));
    // An error of `work` is reported first.
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

  /** Ends the threads. Call it when no page is in flight, as a thread that waits for a page cannot be ended. */
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
