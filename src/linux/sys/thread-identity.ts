import { ERRNO } from '../../common/errno.js';
import { libc } from './libc.js';
import { syscallNumbers } from './syscalls.js';

/** A thread of this process by its kernel id, and a check of whether another thread still runs. */
export interface ThreadIdentity {
  readonly id: number;
  isAlive(id: number): boolean;
}

/** The calling thread. Needs no descriptor. */
export function thisThread(): ThreadIdentity {
  const c = libc();
  const { gettid, tgkill } = syscallNumbers();
  return {
    id: c.syscall(gettid, 0, 0, 0, 0, 0, 0),
    // Signal 0 is not delivered (kill(2)). The kernel reuses an id only after it has used all others.
    isAlive: (id) => c.syscall(tgkill, process.pid, id, 0, 0, 0, 0) === 0 || c.errno() !== ERRNO.ESRCH,
  };
}
