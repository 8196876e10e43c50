import { HISTOGRAM_BYTES } from '../../common/wait-histogram.js';
import type { ProgramMemory } from './known-program.js';

/** Values of the command word. Others are the number of the current phase. */
export const WAIT = -1;
export const STOP = -2;

/** Cells of a phase: accesses, the nanoseconds that they took, and the CPU time of the thread. */
export const ACCESSES = 0;
export const NANOSECONDS = 1;
export const CPU_NANOSECONDS = 2;
export const PHASE_CELLS = 3;

/** Bytes of a phase's cells, and of its histogram. */
export const CELL_BYTES: number = PHASE_CELLS * Float64Array.BYTES_PER_ELEMENT;
export const TIMES_BYTES: number = HISTOGRAM_BYTES;

export interface LoadThreadOptions {
  readonly memory: ProgramMemory;
  /** Its number. */
  readonly thread: number;
  readonly phases: number;
  /** [0] is the command. */
  readonly control: Int32Array;
  /** CELL_BYTES for each phase. */
  readonly cells: SharedArrayBuffer;
  /** TIMES_BYTES for each phase: how long its blocks took. */
  readonly times: SharedArrayBuffer;
  /** The memory of the thread's AccessCounts. */
  readonly counts: SharedArrayBuffer;
  readonly units: number;
  readonly slices: number;
  /** When the program begins, by `monotonicMs`. */
  readonly beganMs: number;
}

/** The thread's last message, after STOP. Its first one is 'ready'. */
export interface LoadEnd {
  readonly wrong: number;
  readonly updates: number;
}
