import { readdirSync, readFileSync } from 'node:fs';

const TASKS = '/proc/self/task';
// include/linux/sched.h: getting shut down; proc_pid_stat(5) has the flags as its ninth field.
const PF_EXITING = 0x4;

/**
 * The threads of this process that run its program. Who joins a thread goes on when it has let go of the memory, which is
 * a moment before the kernel strikes it from the list, so that those that are on their way out do not count.
 */
export function livingThreads(): Set<string> {
  return new Set(readdirSync(TASKS).filter(isAlive));
}

/** The threads that are there now and were not then. */
export function newThreads(before: ReadonlySet<string>): string[] {
  return [...livingThreads()].filter((thread) => !before.has(thread));
}

function isAlive(thread: string): boolean {
  try {
    const stat = readFileSync(`${TASKS}/${thread}/stat`, 'utf8');
    // The name, in brackets, may have blanks and brackets in it; the state is the third field.
    const flags = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[6]);
    return (flags & PF_EXITING) === 0;
  } catch {
    return false;
  }
}
