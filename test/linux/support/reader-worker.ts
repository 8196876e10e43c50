import { parentPort, workerData } from 'node:worker_threads';
import { EventReader } from '../../../src/linux/userfaultfd/event-reader.js';

/** Starts an event reader for a descriptor, says where its block lies, and stays until it is ended. */
parentPort!.postMessage(EventReader.start(workerData as number)?.block);
setInterval(() => {}, 1000);
