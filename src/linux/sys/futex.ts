import { type Address, libc } from './libc.js';
import { Scratch } from './scratch.js';
import { syscallNumbers } from './syscalls.js';

// include/uapi/linux/futex.h
const FUTEX_WAIT_PRIVATE = 0 | 128;
const FUTEX_WAKE_PRIVATE = 1 | 128;
const EVERYBODY = 0x7fffffff;

/**
 * futex(2) on words of shared memory, for threads that may sleep while pages are out. Atomics.wait will not do
 * there: V8 reads the awaited word under a lock of the whole process, and if that word (of the program's) is in
 * flight, everybody who waits or wakes anywhere waits for it.
 */
export class Futex {
  /** struct timespec */
  readonly #timeout = new Scratch(16);
  readonly #number = syscallNumbers().futex;

  /**
   * Sleeps while the word at `address` is `expected`, `nanoseconds` at most. Wakes up early as it likes: the
   * caller looks at the word again.
   */
  wait(address: Address, expected: number, nanoseconds: number): void {
    const whole = Math.max(0, Math.ceil(nanoseconds));
    const seconds = Math.floor(whole / 1e9);
    this.#timeout.set64(0, seconds);
    this.#timeout.set64(1, whole - seconds * 1e9);
    libc().syscall(this.#number, address, FUTEX_WAIT_PRIVATE, expected >>> 0, this.#timeout.address, 0, 0);
  }

  /** Wakes everybody who sleeps on the word at `address`. */
  wake(address: Address): void {
    libc().syscall(this.#number, address, FUTEX_WAKE_PRIVATE, EVERYBODY, 0, 0, 0);
  }
}
