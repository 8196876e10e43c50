import type { Command } from 'commander';
import { showAddress } from '../../runner/queue/address.js';
import { defaultWorkers, ThreadRunner } from '../../runner/threads/thread-runner.js';
import { addQueueOptions, addWorkersOption, type QueueFlags, queueOf } from '../runner/runner-options.js';
import { UsageError } from '../ui/errors.js';
import { EXIT, helpText, type SetExitCode, WORKER_EXIT_HELP } from '../ui/exit-code.js';
import { Interruption } from '../ui/interruption.js';
import { seconds } from '../ui/option-parsers.js';

interface WorkerFlags extends QueueFlags {
  readonly workers?: number;
  readonly lease?: number;
  readonly idle?: number;
}

const DEFAULT_LEASE_SECONDS = 30;
const MIN_LEASE_SECONDS = 1;
/** How often the time without a task is looked at. */
const IDLE_MS = 200;

const EXPLANATION = `
Any number of workers on any number of machines take tasks from one queue. A
task of a worker that is killed, or stopped for longer than its lease, goes to
another worker, and its result counts once. Workers only take tasks of their own
version.`;

const EXAMPLES = [
  'pageferry worker --queue redis://queue.example:6379',
  'pageferry worker --queue rediss://user@queue.example --workers 8',
];

/** `pageferry worker`: computes for `sim sweep --queue` and `explore --queue`. */
export function addWorkerCommand(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('worker')
    .description('run tasks of sim sweep and explore that come through a queue, until Ctrl-C');
  addWorkersOption(addQueueOptions(command))
    .option(
      '--lease <seconds>',
      `time after which another worker gets the task of a lost one (default: ${DEFAULT_LEASE_SECONDS})`,
      seconds(3600),
    )
    .option('--idle <seconds>', 'end after this time without a task (default: never)', seconds(86_400))
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES, WORKER_EXIT_HELP))
    .action(async (flags: WorkerFlags) => {
      await work(flags);
      setExitCode(EXIT.ok);
    });
}

async function work(flags: WorkerFlags): Promise<void> {
  const address = queueOf(flags);
  if (address === undefined) {
    throw new UsageError(
      '--queue: is missing. Name the server of the queue, such as --queue redis://host:6379',
    );
  }
  const { workers = defaultWorkers(), lease = DEFAULT_LEASE_SECONDS, idle } = flags;
  if (lease < MIN_LEASE_SECONDS) {
    throw new UsageError(`--lease: must be at least ${MIN_LEASE_SECONDS} second, not ${lease}`);
  }
  const { QueueWorker } = await import('../../runner/queue/queue-worker.js');
  const interruption = new Interruption();
  const runner = await ThreadRunner.start(workers);
  try {
    const worker = await QueueWorker.start({
      address,
      runner,
      threads: workers,
      leaseMs: lease * 1000,
      notice: (text) => console.error(text),
    });
    console.log(`worker: ${workers} threads, queue at ${showAddress(address)}`);
    try {
      await (idle === undefined
        ? interruption.happened
        : Promise.race([interruption.happened, idleFor(worker, idle)]));
    } finally {
      await worker.close();
      const late = worker.late === 0 ? '' : `, ${worker.late} too late`;
      console.log(`worker: ${worker.done} tasks done${late}`);
    }
  } finally {
    interruption.end();
    await runner.close();
  }
}

/** Resolves once no task has begun or ended for this time. */
function idleFor(worker: { readonly lastAt: number }, idle: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (performance.now() - worker.lastAt < idle * 1000) return;
      clearInterval(timer);
      resolve();
    }, IDLE_MS);
    timer.unref();
  });
}
