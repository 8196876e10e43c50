/** This thread's own: nobody else looks at it. */
const word = new Int32Array(new SharedArrayBuffer(4));

/**
 * Orders what has been copied before the page table entries by which other threads will see it. Each batch calls it once
 * before it is mapped.
 *
 * On arm64 a store may become visible before one that precedes it. A system call is no barrier there, and neither mremap(2)
 * nor UFFDIO_MOVE (since Linux 6.18, which flushes after it has set the entries) has one between its start and the first
 * entry that it sets. So another thread could walk the new entry and read what the frame held before.
 *
 * On arm64 V8 makes a store-release and a load-acquire of the two. The first waits for all that precedes it, the second for
 * the first, and all that follows for the second. What helpers have copied is ordered likewise, as each of them ends with a
 * release that this thread has seen. On x64 the first is an exchange, which is a full barrier.
 */
export function storeFence(): void {
  Atomics.store(word, 0, 0);
  Atomics.load(word, 0);
}
