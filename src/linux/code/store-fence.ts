/** This thread's own. No other thread uses it. */
const word = new Int32Array(new SharedArrayBuffer(4));

/**
 * Orders the stores of a copy before the page table entries through which other threads will see it. Each batch calls it
 * once before it is mapped.
 *
 * On arm64 a store may become visible before an earlier one. A system call is not a barrier there. mremap(2), and
 * UFFDIO_MOVE since Linux 6.18 (which flushes after it has set the entries), have none between their start and the first
 * entry that they set. So another thread could walk the new entry and read the old content of the frame.
 *
 * On arm64 V8 makes a store-release and a load-acquire of the two operations. The first waits for everything before it, the
 * second for the first, and everything after for the second. The copies of helpers are ordered likewise: each helper ends
 * with a release that this thread has seen. On x64 the first is an exchange, which is a full barrier.
 */
export function storeFence(): void {
  Atomics.store(word, 0, 0);
  Atomics.load(word, 0);
}
