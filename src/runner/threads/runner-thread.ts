import { runTask, type Task } from '../task.js';

/** The function that the pool calls in each of its threads. */
export async function run(task: Task): Promise<unknown> {
  return await runTask(task);
}
