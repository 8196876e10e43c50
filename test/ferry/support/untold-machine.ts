import { workerData } from 'node:worker_threads';
import type { ThreadOptions } from '../../../src/ferry/thread/protocol.js';
import { Journal } from '../../../src/linux/rescue/journal.js';
import type { LiveMachine } from '../../../src/mm/ports/live-machine.js';

/** For `wrapMachine` of a ferry's internals: the journal names no event reader, as where there can be none. */
export function wrapMachine(machine: LiveMachine): LiveMachine {
  new Journal((workerData as ThreadOptions).journal).readBy(0);
  return machine;
}
