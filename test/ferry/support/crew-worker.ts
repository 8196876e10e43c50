import { parentPort } from 'node:worker_threads';
import type { Libc } from '../../../src/linux/sys/libc.js';
import { counterBase } from './content.js';
import { CREW_BEGIN, CREW_OPERATIONS, CREW_READY, CREW_STOP, type CrewTask } from './crew-task.js';

let control: Int32Array;
let words: Int32Array;
let index: number;
let seed: number;

const stopped = (): boolean => Atomics.load(control, CREW_STOP) !== 0;
const count = (operations: number): void => {
  Atomics.add(control, CREW_OPERATIONS + index, operations);
};

function random(below: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
}

function write(): number {
  let added = 0;
  while (!stopped()) {
    for (let i = 0; i < 500; i++) {
      const at = random(words.length / 2) * 2;
      if (Atomics.add(words, at, 1) < counterBase(at)) throw new Error(`counter ${at} went back`);
    }
    added += 500;
    count(500);
  }
  return added;
}

function read(): number {
  let reads = 0;
  while (!stopped()) {
    for (let i = 0; i < 500; i++) {
      const at = random(words.length);
      const value = Atomics.load(words, at);
      const base = counterBase(at);
      if (value < base || (at % 2 === 1 && value !== base)) {
        throw new Error(`word ${at} read as ${value}, not ${base}`);
      }
    }
    reads += 500;
    count(500);
  }
  return reads;
}

/** Touches pages that nobody has touched, once each: they must read as zeros. */
function touch(pages: readonly number[]): number {
  let touched = 0;
  for (const page of pages) {
    if (stopped()) break;
    const found = Atomics.add(words, page / 4, 1);
    if (found !== 0) throw new Error(`the fresh page at ${page} read as ${found}`);
    touched++;
    count(1);
  }
  return touched;
}

function advise(c: Libc, memory: SharedArrayBuffer, advices: readonly number[]): number {
  const start = c.addressOf(new Uint8Array(memory, 0, 1));
  const first = Math.ceil(start / 4096) * 4096;
  const bytes = Math.floor((start + memory.byteLength - first) / 4096) * 4096;
  let calls = 0;
  while (!stopped()) {
    for (const advice of advices) c.madvise(first, bytes, advice);
    calls += advices.length;
    count(advices.length);
  }
  return calls;
}

/** A thread of the program: uses memory while it is being migrated, until it is told to stop. */
async function work({ role, memory }: CrewTask): Promise<number> {
  // Only who needs the C library loads it: it takes longer than all the rest.
  const c = role.kind === 'advise' ? (await import('../../../src/linux/sys/libc.js')).libc() : undefined;
  // All begin together: who worked already would take the processors from those that still start.
  Atomics.add(control, CREW_READY, 1);
  Atomics.wait(control, CREW_BEGIN, 0);
  switch (role.kind) {
    case 'write':
      return write();
    case 'read':
      return read();
    case 'touch':
      return touch(role.pages);
    case 'advise':
      return advise(c!, memory, role.advices);
  }
}

parentPort!.on('message', async (task: CrewTask) => {
  control = new Int32Array(task.control);
  words = new Int32Array(task.memory);
  index = task.index;
  seed = 12345 + index * 7919;
  const done = await work(task);
  // An idle thread must not keep the memory.
  words = new Int32Array(0);
  parentPort!.postMessage(done);
});
