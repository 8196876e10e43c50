import type { LoadedCode } from '../../linux/code/machine-code.js';
import type { ClockCost } from './access-timer.js';
import { ROLES, type Role } from './options.js';

/** Commands for the threads of a role, in the word at its index in ROLES. */
export const PAUSED = 0;
export const RUNNING = 1;
export const STOPPED = 2;
export const CONTROL_BYTES: number = ROLES.length * Int32Array.BYTES_PER_ELEMENT;

export interface LoadThreadOptions {
  readonly role: Role;
  readonly words: Int32Array;
  readonly control: SharedArrayBuffer;
  /** HISTOGRAM_BYTES for this thread's accesses. */
  readonly times: SharedArrayBuffer;
  /** The seed of the accessed places. */
  readonly seed: number;
  /** The seed of the places that all threads watch. */
  readonly watchSeed: number;
  /** Machine code that is loaded already. */
  readonly code: LoadedCode;
}

/** A thread's first message, when it waits for RUNNING. */
export interface LoadReady {
  readonly cost: ClockCost;
}

/** A thread's message each time it pauses. */
export interface LoadRun {
  /** Reads or updates since RUNNING. */
  readonly accesses: number;
  /** Impossible values: of another place, of no place, or older than a value read before. */
  readonly wrong: number;
  readonly durationNs: number;
}
