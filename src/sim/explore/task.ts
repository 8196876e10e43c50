/**
 * The result of a step. Undefined: the task can continue. A function: it can continue once that returns true. A promise: it
 * can continue once that has settled.
 */
export type Pause = undefined | (() => boolean) | Promise<unknown>;

/** A thread of the simulated system. Each `next` is a step. Other tasks run between steps, and at points of the machine. */
export type Steps = Generator<Pause, void>;

export interface Task {
  readonly name: string;
  readonly steps: Steps;
}

export interface TraceStep {
  readonly task: string;
  /** The task within whose step it ran, at `point`. Absent between two steps. */
  readonly within?: string;
  readonly point?: string;
}
