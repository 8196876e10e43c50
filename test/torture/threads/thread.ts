import { parentPort, workerData } from 'node:worker_threads';
import type { seededRandom } from '../../../src/common/random.js';
import { streamOf } from '../streams.js';
import { give } from './giver.js';
import { race } from './racer.js';
import { read } from './reader.js';
import { scribe } from './scribe.js';
import { STOP, type ThreadMessage, type ThreadTask } from './thread-task.js';
import { write } from './writer.js';

/** What a role may use. */
export interface Bench {
  readonly task: ThreadTask;
  readonly random: ReturnType<typeof seededRandom>;
  stopped(): boolean;
  /** Adds to what this thread has done, for whoever watches. */
  did(amount: number): void;
  say(message: ThreadMessage): void;
}

const task = workerData as ThreadTask;
const control = new Int32Array(task.control);
const counts = new Float64Array(task.counts);
const bench: Bench = {
  task,
  random: streamOf(task.seed, task.name),
  stopped: () => Atomics.load(control, STOP) !== 0,
  did: (amount) => {
    counts[task.index] = counts[task.index]! + amount;
  },
  say: (message) => parentPort!.postMessage(message),
};
const roles = { writer: write, scribe, reader: read, racer: race, giver: give };
const blocks = roles[task.role](bench);
bench.say({ kind: 'end', done: counts[task.index]!, blocks });
