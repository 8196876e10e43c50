import { setFlagsFromString } from 'node:v8';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** A flag of V8 that is set while an engine of ours is made, and how it is taken back. */
interface EngineFlag {
  readonly set: string;
  /** Absent for a flag that stays as it was set. */
  readonly reset?: string;
  /** Flags of the program that decide it. V8 has no way to read a flag. */
  readonly given: RegExp;
}

const FLAGS: readonly EngineFlag[] = [
  {
    set: '--no-concurrent-recompilation',
    reset: '--concurrent-recompilation',
    given: /--(no[-_]?)?(concurrent[-_]recompilation|single[-_]threaded|predictable)\b/,
  },
  // Garbage is marked in steps only when the heap comes near its limit, or has been idle. Scavenges go on as ever.
  { set: '--no-memory-reducer', reset: '--memory-reducer', given: /--(no[-_]?)?memory[-_]reducer\b/ },
  {
    set: '--initial-old-space-size=256',
    reset: '--initial-old-space-size=0',
    given: /--initial[-_](old[-_]space|heap)[-_]size\b/,
  },
  // On by default since Node 24. An engine that was made without it has no such compiler, and would miss it as soon as the
  // flag is on again (V8's BaselineBatchCompiler::EnqueueFunction). The program's own engines compile in place from then on.
  {
    set: '--no-concurrent-sparkplug',
    given: /--(no[-_]?)?(concurrent[-_]sparkplug|single[-_]threaded|predictable)\b/,
  },
];

/** Threads of ours that have not begun to run, and so may not have their engine yet. */
let starting = 0;

/**
 * Starts a thread on which a page in flight depends: one that migrates, or one that copies. V8 has as little cause as can
 * be to interrupt its code.
 *
 * An interrupt takes the lock under which Atomics.wait and memory.atomic.wait read the awaited word, which is one for the
 * process (V8's StackGuard::RequestInterrupt, which calls FutexWaitListNode::NotifyWake). A program thread that holds that
 * lock may sleep in a page that is out. If V8 then has compiled a function of the migrating thread, or has marked its
 * garbage, neither goes on, and the page never comes back.
 *
 * V8 reads these flags when an engine is made, and they are the process's. So threads of the program that start in the same
 * moment have them, too.
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
    const worker = new Worker(url, options);
    for (const event of ['online', 'exit']) worker.once(event, done);
    return worker;
  } catch (error) {
    done();
    throw error;
  }
}

function ownFlags(): readonly EngineFlag[] {
  const { NODE_OPTIONS = '' } = process.env;
  const program = [...process.execArgv, NODE_OPTIONS].join(' ');
  return FLAGS.filter(({ given }) => !given.test(program));
}
