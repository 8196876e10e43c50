/** A program with one memory of 1 MiB. It ends when pageferry/auto has had the time to adopt it. */
import { untilServed } from './until-served.js';

const memory = new SharedArrayBuffer(2 ** 20);
await untilServed();
// Once more, in case that it adopts what it has made meanwhile.
await untilServed();
console.log(memory.byteLength);
