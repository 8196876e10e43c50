// Run with pageferry/auto preloaded. The memory is dense and hot, and the ferry has the time to open.
const memory = new SharedArrayBuffer(2 ** 24);
const bytes = new Uint8Array(memory).fill(7);
for (const end = performance.now() + 3000; performance.now() < end; ) {
  if (!bytes.every((byte) => byte === 7)) throw new Error('content was lost');
  await new Promise((resolve) => setTimeout(resolve, 10));
}
console.log('pageferry/auto: the program has run');
