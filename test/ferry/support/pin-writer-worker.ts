import { closeSync, constants, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { libc } from '../../../src/linux/sys/libc.js';
import {
  PATTERNS,
  PIN_EXPECTED,
  PIN_OPEN,
  PIN_OPENED,
  PIN_STOP,
  PIN_WRITE,
  PIN_WRITES,
  type PinWriterTask,
  patternWord,
  SLOT_BYTES,
} from './pin-writer-task.js';
import { Ring } from './ring.js';

/** A thread of the program: has pages of memory written by pins while it is migrated, until it is told to stop. */
const task = workerData as PinWriterTask;
const control = new Int32Array(task.control);
const words = new Int32Array(task.memory);
const c = libc();
const start = c.addressOf(new Uint8Array(task.memory, 0, 1));
const addresses = task.slots.map((offset) => start + offset);

/** Writes content into a slot; returns 0, or why it has not. */
interface Writer {
  write(slot: number, pattern: number): number;
  close(): void;
}

function directWriter(): Writer {
  const fd = openSync(task.file, constants.O_RDONLY | constants.O_DIRECT);
  return {
    write: (slot, pattern) =>
      c.pread(fd, addresses[slot]!, SLOT_BYTES, pattern * SLOT_BYTES) === SLOT_BYTES ? 0 : c.errno(),
    close: () => closeSync(fd),
  };
}

function ringWriter(): Writer {
  const fd = openSync(task.file, 'r');
  const ring = Ring.open(8);
  if (typeof ring === 'string') throw new Error(ring);
  const errno = ring.register(addresses, SLOT_BYTES);
  if (errno !== 0) throw new Error(`io_uring_register: errno ${errno}`);
  return {
    write: (slot, pattern) => {
      const read = ring.readFixed(fd, pattern * SLOT_BYTES, slot, addresses[slot]!, SLOT_BYTES);
      return read === SLOT_BYTES ? 0 : -read;
    },
    close: () => {
      ring.close();
      closeSync(fd);
    },
  };
}

/** A word of each page must be of that content; where the page is in flight, this waits for it. */
function check(slot: number, pattern: number): void {
  for (let index = 7; index < SLOT_BYTES / 4; index += 1024) {
    const found = Atomics.load(words, task.slots[slot]! / 4 + index);
    if (found !== patternWord(pattern, index)) {
      throw new Error(`word ${index} of slot ${slot} has lost content ${pattern}: ${found}`);
    }
  }
}

function awaitWord(index: number): void {
  while (Atomics.load(control, index) === 0) Atomics.wait(control, index, 0, 1000);
}

let seed = 99991;
function random(below: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
}

const open = task.way === 'io_uring' ? ringWriter : directWriter;
awaitWord(PIN_OPEN);
let writer = open();
Atomics.store(control, PIN_OPENED, 1);
awaitWord(PIN_WRITE);
let writes = 0;
while (Atomics.load(control, PIN_STOP) === 0) {
  const slot = random(addresses.length);
  const pattern = random(PATTERNS);
  // What was written last must have stayed, wherever its pages have been meanwhile.
  const last = Atomics.load(control, PIN_EXPECTED + slot);
  if (last >= 0) check(slot, last);
  const errno = writer.write(slot, pattern);
  if (errno !== 0) throw new Error(`${task.way}: errno ${errno}`);
  check(slot, pattern);
  Atomics.store(control, PIN_EXPECTED + slot, pattern);
  Atomics.add(control, PIN_WRITES, 1);
  writes++;
  if (task.reopenAfter > 0 && writes % task.reopenAfter === 0) {
    writer.close();
    writer = open();
  }
}
writer.close();
parentPort!.postMessage(writes);
