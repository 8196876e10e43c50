import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parseQueueAddress, type QueueAddress } from '../../runner/queue/address.js';
import type { Runner } from '../../runner/runner.js';
import { defaultWorkers, MAX_WORKERS, ThreadRunner } from '../../runner/threads/thread-runner.js';
import { UsageError } from '../ui/errors.js';
import { wholeNumber } from '../ui/option-parsers.js';

export interface QueueFlags {
  readonly queue?: string;
  readonly queuePasswordFile?: string;
}

export interface RunnerFlags extends QueueFlags {
  readonly workers?: number;
}

const PASSWORD = 'PAGEFERRY_QUEUE_PASSWORD';

/** @param byDefault For the help. */
export function addWorkersOption(command: Command, byDefault = 'one for each CPU'): Command {
  return command.option(
    '--workers <count>',
    `threads of this machine that compute (default: ${byDefault})`,
    wholeNumber(1, MAX_WORKERS),
  );
}

/** The URL is parsed in the command, because an error of commander would repeat it with its secret. */
export function addQueueOptions(command: Command): Command {
  return command
    .option('--queue <url>', 'queue on Redis or Valkey, such as redis://host:6379, for many machines')
    .option('--queue-password-file <file>', `file with the password of the queue (or set ${PASSWORD})`);
}

export function addRunnerOptions(command: Command, byDefault?: string): Command {
  return addQueueOptions(addWorkersOption(command, byDefault));
}

/** The server of the queue with its password. @throws UsageError, and MigrationError EINVAL, naming the flag */
export function queueOf({ queue, queuePasswordFile: file }: QueueFlags): QueueAddress | undefined {
  if (queue === undefined) {
    if (file !== undefined) throw new UsageError('--queue-password-file: needs a queue. Add --queue URL');
    return undefined;
  }
  const address = parseQueueAddress(queue, '--queue');
  const password = file === undefined ? process.env[PASSWORD] : secretOf(file);
  return password === undefined || password === '' ? address : { ...address, password };
}

function secretOf(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new UsageError(`--queue-password-file: cannot read '${file}' (${code ?? message})`, { cause });
  }
  const [line = ''] = text.split(/\r?\n/);
  if (line === '') throw new UsageError(`--queue-password-file: the first line of '${file}' is empty`);
  return line;
}

/** Checks the flags before anything runs. @throws UsageError, and MigrationError EINVAL, naming the flag */
export function checkRunner(flags: RunnerFlags): void {
  const address = queueOf(flags);
  if (address !== undefined && flags.workers !== undefined) {
    throw new UsageError(
      "--workers: with --queue, the workers compute. Leave it out here, and use it with 'pageferry worker'",
    );
  }
}

/** The runner that the flags choose, and its name for people. */
export interface StartedRunner {
  readonly runner: Runner;
  readonly name: string;
}

/** Starts threads, or connects to the queue. Each loads its library only now. */
export async function startRunner(flags: RunnerFlags): Promise<StartedRunner> {
  const address = queueOf(flags);
  if (address !== undefined) {
    const { QueueRunner } = await import('../../runner/queue/queue-runner.js');
    const runner = await QueueRunner.connect(address, (text) => console.error(text));
    return { runner, name: 'the workers of the queue' };
  }
  const { workers = defaultWorkers() } = flags;
  const runner = await ThreadRunner.start(workers);
  return { runner, name: workers === 1 ? '1 worker' : `${workers} workers` };
}
