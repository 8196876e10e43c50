import { availableParallelism } from 'node:os';
import { setImmediate as immediate } from 'node:timers/promises';
import { fillCounters } from '../../bench/harness/counters.js';
import { COARSE_ENDS_NS, WaitHistogram } from '../../common/wait-histogram.js';
import type { WatchedProgram } from '../../dashboard/dashboard-host.js';
import type { ProgramRole } from '../../dashboard/messages.js';
import type { Ferry } from '../../ferry/ferry.js';
import type { Region } from '../../ferry/region.js';
import { countLoad, LiveLoad, type LoadCount } from '../demo/live-load.js';

/** A writer and a reader for each CPU but one, which migrates. */
const THREADS = Math.max(2, 2 * (availableParallelism() - 1));
/** The threads rest, to leave CPU time. */
const REST_MS = 1;
/** Counters that are filled in one step, in a fraction of a second. */
const PIECE = 2 ** 24;

export interface DemoProgramOptions {
  readonly bytes: number;
  readonly folio: number;
  /** Whether threads read and update the buffer. */
  readonly load: boolean;
  /** Receives the number of bytes filled so far. */
  readonly onFilled?: (bytes: number) => void;
}

/** The program that `pageferry serve` shows: a buffer of counters, and threads that read and update them. */
export class DemoProgram implements WatchedProgram {
  readonly region: Region;
  readonly bucketsNs = COARSE_ENDS_NS;
  readonly readers: number;
  readonly writers: number;
  readonly #counters: Int32Array;
  readonly #load: LiveLoad | undefined;
  #running: boolean;

  private constructor(region: Region, counters: Int32Array, load: LiveLoad | undefined) {
    this.region = region;
    this.#counters = counters;
    this.#load = load;
    this.#running = load !== undefined;
    this.readers = load === undefined ? 0 : Math.floor(THREADS / 2);
    this.writers = load === undefined ? 0 : THREADS - this.readers;
  }

  static async start(ferry: Ferry, options: DemoProgramOptions): Promise<DemoProgram> {
    const { bytes, folio, load, onFilled } = options;
    const buffer = new SharedArrayBuffer(bytes);
    const counters = new Int32Array(buffer);
    for (let from = 0; from < counters.length; from += PIECE) {
      const to = Math.min(from + PIECE, counters.length);
      fillCounters(counters, from, to);
      onFilled?.(to * counters.BYTES_PER_ELEMENT);
      await immediate();
    }
    const region = ferry.adopt(buffer, { folioSize: folio, name: 'counters' });
    const threads = load ? await LiveLoad.start(buffer, THREADS, REST_MS) : undefined;
    threads?.go();
    return new DemoProgram(region, counters, threads);
  }

  get running(): boolean {
    return this.#running;
  }

  setRunning(running: boolean): void {
    if (this.#load === undefined) return;
    this.#running = running;
    if (running) this.#load.go();
    else this.#load.hold();
  }

  waits(role: ProgramRole): Float64Array {
    return (this.#load?.waits(role) ?? new WaitHistogram()).coarse();
  }

  /** Ends the threads at any point. */
  async terminate(): Promise<void> {
    await this.#load?.terminate();
  }

  /** Ends the threads and counts their updates. Call it when no page is in flight. */
  async end(): Promise<LoadCount> {
    return countLoad(this.#counters, (await this.#load?.stop()) ?? []);
  }
}
