/** Work of a lane: a fixed time, and then bytes at the lane's rate. */
interface Work {
  fixedNs: number;
  bytes: number;
  readonly job: number;
}

export interface CopierRates {
  /** Threads or channels. */
  readonly lanes: number;
  /** Lane 0 is the thread that waits. It copies only while it waits, and only for the job that it waits for. */
  readonly waiterHelps: boolean;
  /** GB/s of one lane. */
  readonly laneGBps: (lane: number) => number;
  /** GB/s of all lanes that copy concurrently. */
  readonly memoryGBps: number;
  /** Processors, which the lanes share with the thread that starts copies. Undefined: there are enough. */
  readonly cpus?: number;
}

/** Rounding error of virtual time, in ns. */
const TINY = 1e-6;

/** Threads or channels that copy concurrently, in virtual time. */
export class Copiers {
  /** The current time in ns. */
  now = 0;
  readonly #rates: CopierRates;
  /** The current work of each lane, and the work after it. */
  readonly #own: Work[][];
  /** Work for any free lane. */
  readonly #shared: Work[] = [];
  /** The number of unfinished works of each job. */
  readonly #open = new Map<number, number>();

  constructor(rates: CopierRates) {
    this.#rates = rates;
    this.#own = Array.from({ length: rates.lanes }, () => []);
  }

  /** A lane's own work. */
  give(lane: number, job: number, fixedNs: number, bytes: number): void {
    this.#own[lane]!.push(this.#opened({ fixedNs, bytes, job }));
  }

  /** Work for the first lane that is free. */
  share(job: number, fixedNs: number, bytes: number): void {
    this.#shared.push(this.#opened({ fixedNs, bytes, job }));
  }

  /** Lanes, the least busy first. */
  idlest(): number[] {
    const lanes = this.#own.map((queue, lane) => ({ lane, length: queue.length }));
    return lanes.sort((a, b) => a.length - b.length).map(({ lane }) => lane);
  }

  ended(job: number): boolean {
    return (this.#open.get(job) ?? 0) === 0;
  }

  /** The thread that starts copies does something else. */
  advance(nanoseconds: number): void {
    let left = nanoseconds;
    while (left > TINY) {
      this.#handOut(undefined);
      const shortage = this.#shortage(1);
      const from = this.now;
      if (!this.#step(left * shortage, undefined, 1)) {
        this.now += left;
        return;
      }
      left -= (this.now - from) / shortage;
    }
  }

  /** The thread that starts copies waits for a job. */
  finish(job: number): void {
    while (!this.ended(job)) this.#step(Number.POSITIVE_INFINITY, job);
  }

  #opened(work: Work): Work {
    this.#open.set(work.job, (this.#open.get(work.job) ?? 0) + 1);
    return work;
  }

  /** Threads that can run, by the processors that there are; at least 1. @param others threads that are not lanes. */
  #shortage(others: number): number {
    const { cpus = Number.POSITIVE_INFINITY } = this.#rates;
    const busy = this.#own.reduce((sum, queue) => sum + (queue.length > 0 ? 1 : 0), 0);
    return Math.max(1, (busy + others) / cpus);
  }

  /** Advances until a work ends or begins to copy, at most `max` ns. False if no lane has work. */
  #step(max: number, awaited?: number, others = 0): boolean {
    this.#handOut(awaited);
    const busy = this.#own.flatMap((queue, lane) =>
      queue[0] === undefined ? [] : [{ lane, work: queue[0] }],
    );
    if (busy.length === 0) return false;
    const { laneGBps, memoryGBps } = this.#rates;
    const shortage = this.#shortage(others);
    const timed = busy.map(({ lane, work }) => {
      const rate = Math.min(laneGBps(lane) / shortage, memoryGBps / busy.length);
      return { lane, work, rate, left: work.fixedNs > 0 ? work.fixedNs * shortage : work.bytes / rate };
    });
    const time = Math.min(max, ...timed.map(({ left }) => left));
    this.now += time;
    for (const { lane, work, rate, left } of timed) {
      const over = left - time <= TINY;
      if (work.fixedNs > 0) work.fixedNs = over ? 0 : work.fixedNs - time / shortage;
      else work.bytes = over ? 0 : work.bytes - time * rate;
      if (work.fixedNs > 0 || work.bytes > 0) continue;
      this.#own[lane]!.shift();
      this.#open.set(work.job, this.#open.get(work.job)! - 1);
    }
    return true;
  }

  #handOut(awaited: number | undefined): void {
    for (const [lane, queue] of this.#own.entries()) {
      if (queue.length > 0 || this.#shared.length === 0) continue;
      const waiter = this.#rates.waiterHelps && lane === 0;
      if (waiter && this.#shared[0]!.job !== awaited) continue;
      queue.push(this.#shared.shift()!);
    }
  }
}
