import { getPriority } from 'node:os';
import { libc } from './libc.js';

// include/uapi/linux/resource.h. Linux has a priority for each thread: PRIO_PROCESS takes a thread's id.
const PRIO_PROCESS = 0;
const HIGHEST = -20;

/**
 * Gives a thread of this process the highest priority, for threads with little to do on which others wait. Returns false
 * where the kernel refuses it: it needs CAP_SYS_NICE, or RLIMIT_NICE (setpriority(2)).
 */
export function raisePriority(tid: number): boolean {
  return libc().setpriority(PRIO_PROCESS, tid, HIGHEST) === 0;
}

/** The priority of the calling thread, which can be raised for a while. */
export class OwnPriority {
  readonly #usual = getPriority();

  /** Returns whether it is raised now. */
  set(raised: boolean): boolean {
    if (raised) return raisePriority(0);
    libc().setpriority(PRIO_PROCESS, 0, this.#usual);
    return false;
  }
}
