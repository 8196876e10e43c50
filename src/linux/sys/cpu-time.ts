import { libc } from './libc.js';
import { Scratch } from './scratch.js';
import { syscallNumbers } from './syscalls.js';

// include/uapi/linux/time.h
const CLOCK_THREAD_CPUTIME_ID = 3;
const CLOCK_PROCESS_CPUTIME_ID = 2;
/** CPUCLOCK_SCHED of one thread: see clock_getcpuclockid(3), and include/linux/posix-timers.h for the kernel's encoding. */
const CPUCLOCK_THREAD = 6;

/** The CPU time of threads of this process: clock_gettime(2). A call costs about 1 µs. */
export class CpuTime {
  /** struct timespec */
  readonly #time = new Scratch(16);
  readonly #number = syscallNumbers().clock_gettime;

  /** Nanoseconds on a CPU, in the program and in the kernel, of a thread by its number, or of the caller. 0 for no thread. */
  ofThread(tid?: number): number {
    return this.#read(tid === undefined ? CLOCK_THREAD_CPUTIME_ID : (~tid << 3) | CPUCLOCK_THREAD);
  }

  /** The same of all threads of the process together. */
  ofProcess(): number {
    return this.#read(CLOCK_PROCESS_CPUTIME_ID);
  }

  #read(clock: number): number {
    if (libc().syscall(this.#number, clock, this.#time.address, 0, 0, 0, 0) !== 0) return 0;
    return this.#time.get64(0) * 1e9 + this.#time.get64(1);
  }
}
