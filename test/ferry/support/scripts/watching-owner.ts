import { parentPort, workerData } from 'node:worker_threads';
import { openFerry } from '../../../../src/index.js';
import { EAGER, type WatchSource } from '../watching.js';

/** A worker that owns a ferry, and watches the memory that it is given until it is ended. */
const { memory, source } = workerData as { memory: SharedArrayBuffer; source: WatchSource };
const ferry = await openFerry();
const region = ferry.adopt(memory);
for await (const { cost } of region.heat({ ...EAGER, source })) parentPort!.postMessage(cost.units);
