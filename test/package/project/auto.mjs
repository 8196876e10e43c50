// Run with pageferry/auto preloaded. It uses memory until the ferry is open, which its socket shows.
import { existsSync } from 'node:fs';

const memory = new SharedArrayBuffer(2 ** 24);
const bytes = new Uint8Array(memory).fill(7);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
while (!existsSync(process.env.PAGEFERRY_AUTO_SOCKET)) await wait(20);
await wait(500);
if (!bytes.every((byte) => byte === 7)) throw new Error('content was lost');
console.log('pageferry/auto: the program has run');
