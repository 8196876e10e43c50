import { setImmediate } from '../../common/host-timers.js';

/**
 * Resolves at the event loop's next turn. The migration thread allows one only when no page is unmapped.
 *
 * To end a thread, V8 takes the lock under which it reads the words of Atomics.wait. If such a word is unmapped, a thread
 * of the program sleeps in the kernel with that lock until the page is back. So the thread that has to bring it back must
 * not take the lock before.
 */
export function nothingOut(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
