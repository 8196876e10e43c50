/**
 * What a task says after a step: nothing, it can go on; a question, it can go on once that is true; or a promise that has
 * to settle first.
 */
export type Pause = undefined | (() => boolean) | Promise<unknown>;

/** A thread of the simulated system. Each `next` is a step: whatever it does before the next `yield` nobody interrupts, but for the points of the machine. */
export type Steps = Generator<Pause, void>;

export interface Task {
  readonly name: string;
  readonly steps: Steps;
}

/** One step of a schedule, for people. */
export interface TraceStep {
  readonly task: string;
  /** The task within which it ran, and the point it was at; none between two steps. */
  readonly within?: string;
  readonly point?: string;
}
