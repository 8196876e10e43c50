import { HOST_TIMERS } from '../../../src/migrators/timers.js';
import type { LiveMachine } from '../../../src/mm/ports/live-machine.js';

/** URL for the `wrapMachine` of a ferry's internals. */
export const HASTY_TIMERS: string = import.meta.url;

/** A limit of a millisecond then ends after a microsecond, in which no host copies a batch. */
const SPEED = 1000;

/** Makes the clock of migrators run fast in the migration thread. The machine stays as it is. */
export function wrapMachine(machine: LiveMachine): LiveMachine {
  HOST_TIMERS.now = () => SPEED * performance.now();
  return machine;
}
