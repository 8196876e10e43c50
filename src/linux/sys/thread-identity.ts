import { ERRNO } from '../../common/errno.js';
import { libc } from './libc.js';
import { syscallNumbers } from './syscalls.js';

/** A thread of this process, by the kernel's number for it, and which of the others still run. */
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
    // Signal 0 is sent to nobody (kill(2)). The kernel gives a number to another thread only when it has used all others.
    isAlive: (id) => c.syscall(tgkill, process.pid, id, 0, 0, 0, 0) === 0 || c.errno() !== ERRNO.ESRCH,
  };
}
