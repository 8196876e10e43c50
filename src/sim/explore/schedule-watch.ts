import type { SimPoint } from '../machine/sim-point.js';
import type { TraceStep } from './task.js';

/** Is told what a schedule does while it does it. It may look at the stage, and change nothing there. */
export interface ScheduleWatch {
  /** One of several tasks was chosen to be next; the first of them would have gone on. */
  decided(options: readonly string[], chosen: number): void;
  began(step: TraceStep): void;
  /** The task has come to a point of the machine. */
  reached(task: string, point: SimPoint): void;
  /** A step is over; steps within it are over before. */
  ended(task: string): void;
}
