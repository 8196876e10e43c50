import type { LabEvent, LabRefusal, LabRequest } from '../../../src/sim/lab/lab-protocol.js';

/** To the worker. */
export interface WorkerTask {
  readonly id: number;
  readonly request: LabRequest;
}

/** From the worker: events of a task, then how it ended. */
export type WorkerMessage =
  | { readonly id: number; readonly event: LabEvent }
  | { readonly id: number; readonly done: true }
  | { readonly id: number; readonly refused: LabRefusal };
