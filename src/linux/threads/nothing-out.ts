/**
 * Resolves when the event loop has a turn: the migration thread lets it have one only when no page is out.
 *
 * To end a thread, V8 takes the lock under which it reads the words of Atomics.wait. If such a word is out, a
 * thread of the program sleeps in the kernel with that lock until the page is back; so whoever is to bring it back
 * must not ask for the lock before.
 */
export function nothingOut(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
