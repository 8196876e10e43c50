import { openFerry, startAutopilot } from '../../../../src/index.js';

/** A program that ends while an autopilot watches its memory. */
const ferry = await openFerry();
const buffer = new SharedArrayBuffer(16 * 1024 * 1024);
new Int32Array(buffer).fill(1);
ferry.adopt(buffer);
const autopilot = startAutopilot(ferry, { epochMs: 10 });
while (autopilot.report().epochs < 2) await new Promise((resolve) => setTimeout(resolve, 5));
process.stdout.write(`${autopilot.report().state} at the end of the script\n`);
