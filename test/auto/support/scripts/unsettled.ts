/** A program whose top-level await never settles, which Node ends with code 13. */
const memory = new SharedArrayBuffer(96 * 2 ** 20);
new Uint8Array(memory).fill(1);
await new Promise((resolve) => setTimeout(resolve, 1500));
console.log('waits', memory.byteLength);
await new Promise(() => undefined);
