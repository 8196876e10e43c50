import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { WaitHistogram } from '../../common/wait-histogram.js';
import type { ProgramMemory } from './known-program.js';
import {
  ACCESSES,
  CELL_BYTES,
  CPU_NANOSECONDS,
  type LoadEnd,
  type LoadThreadOptions,
  NANOSECONDS,
  PHASE_CELLS,
  STOP,
  TIMES_BYTES,
  WAIT,
} from './load-protocol.js';
import { AccessCounts } from './truth.js';

/** The accesses of a program's threads in a phase, all together. */
export interface PhaseRun {
  readonly accesses: number;
  readonly perSecond: number;
  /** Accesses for each second of CPU time. A thread that waits spends none. */
  readonly perCpuSecond: number;
  /** How long blocks of accesses took. */
  readonly times: WaitHistogram;
}

interface LoadThread {
  readonly worker: Worker;
  readonly cells: Float64Array;
  readonly times: SharedArrayBuffer;
  readonly counts: AccessCounts;
  readonly end: Promise<LoadEnd>;
}

export interface LoadPlan {
  readonly threads: number;
  readonly phases: number;
  readonly units: number;
  readonly slices: number;
  readonly beganMs: number;
}

/** The threads of a program whose accesses are known. They run all the time, from phase to phase. */
export class KnownLoad {
  readonly #threads: readonly LoadThread[];
  readonly #control: Int32Array;

  private constructor(threads: readonly LoadThread[], control: Int32Array) {
    this.#threads = threads;
    this.#control = control;
  }

  /** Starts the threads. They wait for the first phase. */
  static async start(memory: ProgramMemory, plan: LoadPlan): Promise<KnownLoad> {
    const { phases, units, slices, beganMs } = plan;
    const control = new Int32Array(new SharedArrayBuffer(4)).fill(WAIT);
    const threads: LoadThread[] = [];
    try {
      for (let thread = 0; thread < plan.threads; thread++) {
        const cells = new SharedArrayBuffer(phases * CELL_BYTES);
        const times = new SharedArrayBuffer(phases * TIMES_BYTES);
        const counts = new AccessCounts(units, slices);
        const workerData: LoadThreadOptions = {
          memory,
          thread,
          phases,
          control,
          cells,
          times,
          counts: counts.buffer,
          units,
          slices,
          beganMs,
        };
        const worker = new Worker(new URL('./load-thread.js', import.meta.url), {
          workerData,
          name: memory.name,
        });
        await once(worker, 'message');
        const end = endOf(worker);
        // It is reported by `during`, or by `stop`.
        end.catch(() => undefined);
        threads.push({ worker, cells: new Float64Array(cells), times, counts, end });
      }
    } catch (error) {
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
      throw error;
    }
    return new KnownLoad(threads, control);
  }

  /** The accesses of each thread. */
  get counts(): readonly AccessCounts[] {
    return this.#threads.map(({ counts }) => counts);
  }

  /** Begins a phase. The one before it ends. */
  enter(phase: number): void {
    Atomics.store(this.#control, 0, phase);
    Atomics.notify(this.#control, 0);
  }

  /** Resolves as `work` does. Rejects when a thread ends. */
  async during<T>(work: Promise<T>): Promise<T> {
    const early = Promise.all(this.#threads.map(({ end }) => end)).then(() => {
      throw new Error('a program thread ended early');
    });
    early.catch(() => undefined);
    return Promise.race([work, early]);
  }

  phase(phase: number): PhaseRun {
    const times = new WaitHistogram();
    let [accesses, perSecond, cpuNs] = [0, 0, 0];
    for (const thread of this.#threads) {
      times.add(new WaitHistogram(thread.times, phase * TIMES_BYTES));
      const cells = thread.cells.subarray(phase * PHASE_CELLS);
      const [own, ns] = [cells[ACCESSES]!, cells[NANOSECONDS]!];
      accesses += own;
      perSecond += ns > 0 ? (own * 1e9) / ns : 0;
      cpuNs += cells[CPU_NANOSECONDS]!;
    }
    return { accesses, perSecond, perCpuSecond: cpuNs > 0 ? (accesses * 1e9) / cpuNs : 0, times };
  }

  /** Ends the threads in order. Resolves to the sums of what they found. */
  async stop(): Promise<LoadEnd> {
    this.enter(STOP);
    const ends = await Promise.all(this.#threads.map(({ end }) => end));
    return {
      wrong: ends.reduce((sum, { wrong }) => sum + wrong, 0),
      updates: ends.reduce((sum, { updates }) => sum + updates, 0),
    };
  }

  /** Ends the threads at once. Call it when no page is out, as a thread that waits for a page cannot be ended. */
  async close(): Promise<void> {
    this.enter(STOP);
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}

async function endOf(worker: Worker): Promise<LoadEnd> {
  const over = new AbortController();
  const { signal } = over;
  const exit = once(worker, 'exit', { signal }).then(() => {
    throw new Error('a program thread ended early');
  });
  exit.catch(() => undefined);
  try {
    const [end] = (await Promise.race([once(worker, 'message', { signal }), exit])) as [LoadEnd];
    return end;
  } finally {
    over.abort();
  }
}
