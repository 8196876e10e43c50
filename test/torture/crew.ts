import { Worker } from 'node:worker_threads';
import type { Arena } from './arena.js';
import { RECORD_WORDS } from './records.js';
import { STOP, type ThreadMessage, type ThreadRole, type ThreadTask } from './threads/thread-task.js';

const ROLES: readonly ThreadRole[] = ['writer', 'writer', 'scribe', 'reader', 'racer', 'giver'];

export interface CrewOptions {
  readonly seed: number;
  readonly log: boolean;
  readonly counters: readonly Arena[];
  readonly records: Arena;
  readonly given: Arena;
  onFailure(who: string, error: unknown): void;
  onDecided(who: string, what: string): void;
  onCounted(what: string, amount: number): void;
}

interface Ended {
  readonly role: ThreadRole;
  readonly done: number;
  readonly blocks: readonly Uint32Array[];
}

/** The threads of the program: they use the memory all the time, and know nothing of migrations. */
export class Crew {
  /** The last sequence of each record. */
  readonly written: Int32Array;
  readonly #control = new Int32Array(new SharedArrayBuffer(4));
  readonly #counts: Float64Array;
  readonly #names: readonly string[];
  readonly #ends: readonly Promise<Ended | undefined>[];

  constructor(options: CrewOptions) {
    const { seed, log, counters, records, given } = options;
    this.written = new Int32Array(new SharedArrayBuffer(records.memory.byteLength / RECORD_WORDS));
    this.#counts = new Float64Array(new SharedArrayBuffer(ROLES.length * 8));
    this.#names = ROLES.map((role, i) => `${role}-${ROLES.slice(0, i).filter((r) => r === role).length}`);
    this.#ends = ROLES.map((role, index) => {
      const name = this.#names[index]!;
      const workerData: ThreadTask = {
        name,
        role,
        seed,
        index,
        log,
        control: this.#control.buffer as SharedArrayBuffer,
        counts: this.#counts.buffer as SharedArrayBuffer,
        counters: counters.map(({ memory }) => memory),
        records: records.memory,
        given: given.memory,
        written: this.written.buffer as SharedArrayBuffer,
      };
      const worker = new Worker(new URL('./threads/thread.js', import.meta.url), { workerData, name });
      return new Promise((resolve) => {
        worker.on('message', (message: ThreadMessage) => {
          if (message.kind === 'decided') options.onDecided(name, message.what);
          else if (message.kind === 'counted') options.onCounted(message.what, message.amount);
          else resolve({ role, done: message.done, blocks: message.blocks });
        });
        worker.on('error', (error) => options.onFailure(name, error));
        worker.on('exit', () => resolve(undefined));
      });
    });
  }

  /** What each thread has done so far. */
  beats(): Record<string, number> {
    return Object.fromEntries(this.#names.map((name, i) => [name, this.#counts[i]!]));
  }

  done(role: ThreadRole): number {
    return ROLES.reduce((sum, other, i) => (other === role ? sum + this.#counts[i]! : sum), 0);
  }

  /** Has every thread stop; resolves to what the writers have added to each block of each counter arena. */
  async stop(): Promise<readonly (readonly Uint32Array[])[]> {
    Atomics.store(this.#control, STOP, 1);
    const ends = await Promise.all(this.#ends);
    return ends.filter((end) => end?.role === 'writer').map((end) => end!.blocks);
  }
}
