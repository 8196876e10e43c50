import type { LoadedCode } from '../../linux/code/machine-code.js';
import type { ClockCost } from './access-timer.js';
import { ROLES, type Role } from './options.js';

/** What the threads of a role are to do: a word for each role, its index in ROLES. */
export const PAUSED = 0;
export const RUNNING = 1;
export const STOPPED = 2;
export const CONTROL_BYTES: number = ROLES.length * Int32Array.BYTES_PER_ELEMENT;

export interface LoadThreadOptions {
  readonly role: Role;
  readonly words: Int32Array;
  readonly control: SharedArrayBuffer;
  /** HISTOGRAM_BYTES that this thread records into while it runs. */
  readonly times: SharedArrayBuffer;
  /** Of the places that it accesses. */
  readonly seed: number;
  /** Of those that all threads watch. */
  readonly watchSeed: number;
  /** Machine code that is loaded already. */
  readonly code: LoadedCode;
}

/** A thread's first message: it waits to be told to run. */
export interface LoadReady {
  readonly cost: ClockCost;
}

/** Its message each time it pauses. */
export interface LoadRun {
  /** Reads or updates since it began to run. */
  readonly accesses: number;
  /** Values that cannot be: of another place, of no place, or older than one that was seen before. */
  readonly wrong: number;
  readonly durationNs: number;
}
