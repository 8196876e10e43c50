import type { ResultOf, Task } from './task.js';

/**
 * Runs tasks somewhere else: in threads of this machine (`threads/`), or on any number of machines through a queue
 * (`queue/`). Each task has exactly one result.
 */
export interface Runner {
  /** Tasks to have in progress so that every worker is busy. It may change. */
  readonly width: number;
  /** Milliseconds that one task should take. Longer tasks cost less, shorter ones are lost less. */
  readonly taskMs: number;
  /**
   * Resolves to the task's result. A worker that is lost in the middle is replaced, and its task runs again.
   * @throws the error of a task that failed as often as it may; the reason of `signal`, when that aborts it.
   */
  run<T extends Task>(task: T, signal?: AbortSignal): Promise<ResultOf<T>>;
  /** Ends the workers of this process, and withdraws tasks that no worker has started. */
  close(): Promise<void>;
}

/** A promise that was started earlier than it is awaited. Its error is not unhandled. */
export function started<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/**
 * Runs the tasks of an iterator, at most `runner.width` of them at a time, and yields their results in their order. A task
 * is not taken before there is room for it.
 */
export async function* runInOrder<T extends Task>(
  runner: Runner,
  tasks: Iterator<T>,
  signal?: AbortSignal,
): AsyncGenerator<{ readonly task: T; readonly result: ResultOf<T> }> {
  const waiting: { readonly task: T; readonly result: Promise<ResultOf<T>> }[] = [];
  for (;;) {
    while (waiting.length < runner.width) {
      const next = tasks.next();
      if (next.done === true) break;
      waiting.push({ task: next.value, result: started(runner.run(next.value, signal)) });
    }
    const first = waiting.shift();
    if (first === undefined) return;
    yield { task: first.task, result: await first.result };
  }
}
