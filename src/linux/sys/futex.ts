import { type Address, libc } from './libc.js';
import { Scratch } from './scratch.js';
import { syscallNumbers } from './syscalls.js';

// include/uapi/linux/futex.h
const FUTEX_WAIT_PRIVATE = 0 | 128;
const FUTEX_WAKE_PRIVATE = 1 | 128;
const EVERYBODY = 0x7fffffff;

/**
 * futex(2) on words of shared memory, for threads that may sleep while pages are unmapped. Atomics.wait cannot be used
 * there. V8 reads the awaited word under a lock of the whole process. If that word belongs to the program and is in flight,
 * every thread that waits or wakes anywhere waits for it.
 */
export class Futex {
  /** struct timespec */
  readonly #timeout = new Scratch(16);
  readonly #number = syscallNumbers().futex;

  /** Sleeps up to `nanoseconds` while the word at `address` is `expected`. May wake early: the caller checks the word. */
  wait(address: Address, expected: number, nanoseconds: number): void {
    const whole = Math.max(0, Math.ceil(nanoseconds));
    const seconds = Math.floor(whole / 1e9);
    this.#timeout.set64(0, seconds);
    this.#timeout.set64(1, whole - seconds * 1e9);
    libc().syscall(this.#number, address, FUTEX_WAIT_PRIVATE, expected >>> 0, this.#timeout.address, 0, 0);
  }

  /** Wakes every thread that sleeps on the word at `address`. */
  wake(address: Address): void {
    libc().syscall(this.#number, address, FUTEX_WAKE_PRIVATE, EVERYBODY, 0, 0, 0);
  }
}
