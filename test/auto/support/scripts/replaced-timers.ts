/** A program that replaces the timers, as tests do, before it makes its memory. Prints who has called its own. */
import { setTimeout } from 'node:timers/promises';
import { untilServed } from './until-served.js';

let calls = 0;
for (const name of ['setTimeout', 'setInterval', 'setImmediate'] as const) {
  // They never fire.
  const replaced = (): unknown => {
    calls++;
    return { unref: () => undefined, ref: () => undefined };
  };
  Object.assign(globalThis, { [name]: replaced });
}
const memory = new SharedArrayBuffer(2 ** 25);
await untilServed();
// A few epochs of the autopilot.
await setTimeout(2500);
console.log(memory.byteLength, calls);
