/**
 * The thread of a soft channel. It copies descriptor by descriptor, piece by piece. Without work it spins briefly, then
 * sleeps on a futex. It touches only the ring and the memory that descriptors name.
 */
import { isMainThread, workerData } from 'node:worker_threads';
import { type CopyKind, channelCopyRoutine, failableCopy } from '../../linux/code/copy.js';
import { adoptCode, type LoadedCode } from '../../linux/code/machine-code.js';
import { Futex } from '../../linux/sys/futex.js';
import { libc } from '../../linux/sys/libc.js';
import { waitWhile } from '../../linux/sys/wait-word.js';
import { runStarted } from '../../linux/threads/run-started.js';
import {
  DONE,
  DONE_SLEEPERS,
  DONE_WANTED,
  ENDED,
  FAIL,
  ISSUED,
  ISSUED_SLEEPERS,
  RING_CAPACITY,
  Ring,
  STOP,
} from './ring.js';

export interface SoftChannelThreadOptions {
  readonly ring: SharedArrayBuffer;
  readonly copy: CopyKind;
  readonly code: LoadedCode;
}

/**
 * Maximum nanoseconds of a sleep. A process that exits ends its threads between two JavaScript statements, so none may
 * sleep long.
 */
const SLEEP_NS = 100_000_000;

function run({ ring: buffer, copy: kind, code }: SoftChannelThreadOptions, ready: () => void): void {
  adoptCode(code);
  const ring = new Ring(buffer);
  const { words } = ring;
  const copy = failableCopy(channelCopyRoutine(kind), words, FAIL);
  const futex = new Futex();
  const address = libc().addressOf(words);
  ready();
  try {
    /** Nothing is left to take of descriptors that were issued before this one. */
    let next = 0;
    while (Atomics.load(words, STOP) === 0) {
      const issued = Atomics.load(words, ISSUED);
      if (issued === next) {
        waitWhile(words, ISSUED, next, ISSUED_SLEEPERS, SLEEP_NS, futex, address);
        continue;
      }
      // The client has copied so much that the places of older descriptors were reused.
      if (((issued - next) | 0) > RING_CAPACITY) next = (issued - RING_CAPACITY) | 0;
      const cookie = ring.cookieAt(next);
      const piece = ring.take(cookie);
      if (piece < 0) {
        next = (next + 1) | 0;
        continue;
      }
      ring.work(cookie, piece, copy);
      if (Atomics.load(words, DONE_SLEEPERS) === 0) continue;
      const done = Atomics.load(words, DONE);
      if (((done - Atomics.load(words, DONE_WANTED)) | 0) >= 0) futex.wake(address + DONE * 4);
    }
  } finally {
    // Wakes a client that waits for a piece of this thread, so that it need not wait until its limit.
    Atomics.store(words, ENDED, 1);
    futex.wake(address + DONE * 4);
  }
}

if (!isMainThread) runStarted((ready) => run(workerData as SoftChannelThreadOptions, ready));
