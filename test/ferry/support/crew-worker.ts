import { parentPort, workerData } from 'node:worker_threads';
import { libc } from '../../../src/linux/sys/libc.js';
import { counterBase } from './content.js';
import { CREW_OPERATIONS, CREW_STOP, type CrewTask } from './crew-task.js';

/** A thread of the program: uses memory while it is being migrated, until it is told to stop. */
const task = workerData as CrewTask;
const control = new Int32Array(task.control);
const words = new Int32Array(task.memory);
const stopped = (): boolean => Atomics.load(control, CREW_STOP) !== 0;
const count = (operations: number): void => {
  Atomics.add(control, CREW_OPERATIONS + task.index, operations);
};

let seed = 12345 + task.index * 7919;
function random(below: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
}

function write(): number {
  let added = 0;
  while (!stopped()) {
    for (let i = 0; i < 500; i++) {
      const index = random(words.length / 2) * 2;
      if (Atomics.add(words, index, 1) < counterBase(index)) throw new Error(`counter ${index} went back`);
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
      const index = random(words.length);
      const value = Atomics.load(words, index);
      const base = counterBase(index);
      if (value < base || (index % 2 === 1 && value !== base)) {
        throw new Error(`word ${index} read as ${value}, not ${base}`);
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

function advise(advices: readonly number[]): number {
  const c = libc();
  const start = c.addressOf(new Uint8Array(task.memory, 0, 1));
  const first = Math.ceil(start / 4096) * 4096;
  const bytes = Math.floor((start + task.memory.byteLength - first) / 4096) * 4096;
  let calls = 0;
  while (!stopped()) {
    for (const advice of advices) c.madvise(first, bytes, advice);
    calls += advices.length;
    count(advices.length);
  }
  return calls;
}

function work(): number {
  switch (task.role.kind) {
    case 'write':
      return write();
    case 'read':
      return read();
    case 'touch':
      return touch(task.role.pages);
    case 'advise':
      return advise(task.role.advices);
  }
}

parentPort!.postMessage(work());
