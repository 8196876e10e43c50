/** A helper of a copy team. It takes groups of pieces from the board while there are any, the oldest job first. */
import { isMainThread, workerData } from 'node:worker_threads';
import { EventRing } from '../../trace/event-ring.js';
import { hostClock } from '../../trace/host-clock.js';
import { ShareLog } from '../../trace/share-log.js';
import { type CopyKind, channelCopyRoutine, failableCopy } from '../code/copy.js';
import { adoptCode, type LoadedCode } from '../code/machine-code.js';
import { Futex } from '../sys/futex.js';
import { libc } from '../sys/libc.js';
import { waitWhile } from '../sys/wait-word.js';
import { runStarted } from '../threads/run-started.js';
import { BATCH, Board, ENDED_SLEEPERS, FAIL, JOBS, OPEN, POSTED, POSTED_SLEEPERS, STOP } from './board.js';

export interface TeamThreadOptions {
  readonly board: SharedArrayBuffer;
  readonly pieces: number;
  readonly copy: CopyKind;
  readonly code: LoadedCode;
  /** Where to record copies, and under which name. */
  readonly events: SharedArrayBuffer | undefined;
  readonly lane: string;
}

/** As for soft channels: no thread may sleep for long when the process exits. */
const SLEEP_NS = 100_000_000;

function run(
  { board: buffer, pieces, copy: kind, code, events, lane }: TeamThreadOptions,
  ready: () => void,
): void {
  adoptCode(code);
  const board = new Board(buffer, pieces);
  const { words } = board;
  const copy = failableCopy(channelCopyRoutine(kind), words, FAIL);
  const futex = new Futex();
  const address = libc().addressOf(words);
  const shares = events === undefined ? undefined : new ShareLog(new EventRing(events), hostClock(), lane);
  ready();
  while (Atomics.load(words, STOP) === 0) {
    const posted = Atomics.load(words, POSTED);
    let worked = false;
    // Jobs are opened round robin, so the one after the last posted is the oldest.
    for (let k = 1; k <= JOBS; k++) {
      const job = (posted + k) % JOBS;
      for (let group = board.take(job); group >= 0; group = board.take(job)) {
        worked = true;
        const batch = shares === undefined ? 0 : words[board.word(job, BATCH)]!;
        if (batch !== 0) shares?.take(batch, board.sizeOf(job, group));
        try {
          board.work(job, group, copy);
        } finally {
          const at = board.word(job, OPEN);
          if (Atomics.load(words, at) === 0 && Atomics.load(words, ENDED_SLEEPERS) > 0) {
            futex.wake(address + at * 4);
          }
        }
      }
    }
    shares?.end();
    if (!worked) waitWhile(words, POSTED, posted, POSTED_SLEEPERS, SLEEP_NS, futex, address);
  }
}

if (!isMainThread) runStarted((ready) => run(workerData as TeamThreadOptions, ready));
