/** A program that adopts its memory itself, after pageferry/auto has had the time to adopt it. */
import { setTimeout } from 'node:timers/promises';
import { untilServed } from './until-served.js';

const memory = new SharedArrayBuffer(2 ** 25);
await untilServed();
const { openFerry } = await import('../../../../src/index.js');
const ferry = await openFerry();
console.log('adopted', ferry.adopt(memory).bytes);
const later = new SharedArrayBuffer(2 ** 25);
await setTimeout(500);
console.log('adopted', ferry.adopt(later).bytes);
await ferry.close();
