import type { Command } from 'commander';
import type { Runner } from '../../runner/runner.js';
import { defaultWorkers, MAX_WORKERS, ThreadRunner } from '../../runner/threads/thread-runner.js';
import { wholeNumber } from '../ui/option-parsers.js';

export interface RunnerFlags {
  readonly workers?: number;
}

export function addRunnerOptions(command: Command): Command {
  return command.option(
    '--workers <count>',
    'threads of this machine that compute (default: one for each CPU)',
    wholeNumber(1, MAX_WORKERS),
  );
}

/** The runner that the flags choose, and its name for people. */
export interface StartedRunner {
  readonly runner: Runner;
  readonly name: string;
}

export async function startRunner({ workers = defaultWorkers() }: RunnerFlags): Promise<StartedRunner> {
  const runner = await ThreadRunner.start(workers);
  return { runner, name: workers === 1 ? '1 worker' : `${workers} workers` };
}

/** Checks the flags before anything runs. @throws UsageError */
export function checkRunner(_: RunnerFlags): void {}
