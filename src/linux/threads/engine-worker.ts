import { setFlagsFromString } from 'node:v8';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { setTimeout } from '../../common/host-timers.js';
import { Futex } from '../sys/futex.js';
import { libc } from '../sys/libc.js';
import { beginLoading, endLoading, LOADING_THREADS, type Loading } from './loading.js';

/** A V8 flag that is set while an engine of ours is created, and how to restore it. */
interface EngineFlag {
  readonly set: string;
  /** Absent for a flag that stays set. */
  readonly reset?: string;
  /** Flags with which the program decides it itself. V8 has no way to read a flag. */
  readonly given: RegExp;
}

const FLAGS: readonly EngineFlag[] = [
  {
    set: '--no-concurrent-recompilation',
    reset: '--concurrent-recompilation',
    given: /--(no[-_]?)?(concurrent[-_]recompilation|single[-_]threaded|predictable)\b/,
  },
  // Garbage is marked in steps only when the heap comes near its limit, or has been idle. Scavenges are not affected.
  { set: '--no-memory-reducer', reset: '--memory-reducer', given: /--(no[-_]?)?memory[-_]reducer\b/ },
  {
    set: '--initial-old-space-size=256',
    reset: '--initial-old-space-size=0',
    given: /--initial[-_](old[-_]space|heap)[-_]size\b/,
  },
  // On by default since Node 24. An engine that was created without it has no such compiler, and would fail once the flag
  // is on again (V8's BaselineBatchCompiler::EnqueueFunction). The program's own engines compile in place from then on.
  {
    set: '--no-concurrent-sparkplug',
    given: /--(no[-_]?)?(concurrent[-_]sparkplug|single[-_]threaded|predictable)\b/,
  },
];

/** Our threads that have not begun to run, and so may not have their engine yet. */
let starting = 0;

/** Threads that this thread has started, while they run. */
const started = new Map<Worker, Loading>();
let watchesExit = false;

/** How often an owner looks whether a thread has loaded. */
const LOOK_MS = 1;
/** Milliseconds that a process that exits waits for threads that load. Loading takes about 50 ms, on a busy host seconds. */
const EXIT_MS = 5_000;

/**
 * Starts a thread on which a page in flight depends: one that migrates, or one that copies. Its flags give V8 as few
 * reasons as possible to interrupt its code.
 *
 * An interrupt takes the lock under which Atomics.wait and memory.atomic.wait read the awaited word. The process has one
 * such lock (V8's StackGuard::RequestInterrupt, which calls FutexWaitListNode::NotifyWake). A program thread that holds
 * that lock may sleep in an unmapped page. If V8 then has compiled a function of the migrating thread, or has marked its
 * garbage, neither thread continues, and the page never comes back.
 *
 * V8 reads these flags when an engine is created, and they belong to the process. So threads that the program starts at the
 * same moment get them, too.
 *
 * The thread calls `modulesLoaded`, and is ended by `endThread`: see loading.ts.
 */
export function startEngineWorker(url: URL, options: WorkerOptions): Worker {
  if (starting++ === 0) for (const { set } of ownFlags()) setFlagsFromString(set);
  let over = false;
  const done = (): void => {
    if (over) return;
    over = true;
    if (--starting > 0) return;
    for (const { reset } of ownFlags()) if (reset !== undefined) setFlagsFromString(reset);
  };
  try {
    const worker = newCounted(url, options);
    for (const event of ['online', 'exit']) worker.once(event, done);
    return worker;
  } catch (error) {
    done();
    throw error;
  }
}

function newCounted(url: URL, options: WorkerOptions): Worker {
  const loading = beginLoading();
  try {
    const worker = new Worker(url, {
      ...options,
      workerData: { ...options.workerData, pageferryLoading: loading },
    });
    started.set(worker, loading);
    worker.once('exit', () => {
      endLoading(loading);
      started.delete(worker);
    });
    if (!watchesExit) process.on('exit', awaitLoading);
    watchesExit = true;
    return worker;
  } catch (error) {
    endLoading(loading);
    throw error;
  }
}

/** Ends a thread of `startEngineWorker` as soon as it has loaded. Resolves when it touches no memory any more. */
export async function endThread(worker: Worker): Promise<void> {
  const loading = started.get(worker);
  if (loading !== undefined) await loaded(loading);
  await worker.terminate();
}

/** Resolves when no thread that this thread has started is loading. With this thread, they would be ended, too. */
export async function threadsLoaded(): Promise<void> {
  await Promise.all([...started.values()].map(loaded));
}

async function loaded({ own }: Loading): Promise<void> {
  while (Atomics.load(own, 0) === 1) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

/** A process that exits ends every thread, and no promise is settled any more. */
function awaitLoading(): void {
  const futex = new Futex();
  const address = libc().addressOf(LOADING_THREADS);
  const until = performance.now() + EXIT_MS;
  for (;;) {
    const threads = Atomics.load(LOADING_THREADS, 0);
    if (threads === 0 || performance.now() > until) return;
    futex.wait(address, threads, LOOK_MS * 1e6);
  }
}

function ownFlags(): readonly EngineFlag[] {
  const { NODE_OPTIONS = '' } = process.env;
  const program = [...process.execArgv, NODE_OPTIONS].join(' ');
  return FLAGS.filter(({ given }) => !given.test(program));
}
