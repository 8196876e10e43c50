import type { ExploredPart, ExploreTask } from './explore-part.js';
import { runExploreTask } from './explore-part.js';
import { type CellsDone, runSweepTask, type SweepTask } from './sweep-part.js';

/**
 * A part of a large computation, as plain data. It is the same wherever and however often it runs. So a part that a dead
 * worker had started is run again by another, and a result that arrives twice is dropped.
 */
export type Task = SweepTask | ExploreTask;

/** The result of a task, as plain data. */
export type ResultOf<T extends Task> = T extends SweepTask ? CellsDone : ExploredPart;

/** Runs a task in this thread. @throws MigrationError EINVAL for data that is not a task. */
export async function runTask(task: Task): Promise<CellsDone | ExploredPart> {
  return task.kind === 'sweep' ? runSweepTask(task) : await runExploreTask(task);
}
