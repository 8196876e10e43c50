import type { LabEvent, LabRequest } from '../../../src/sim/lab/lab-protocol.js';
import type { WorkerMessage, WorkerTask } from './lab-messages.js';

/** How a request ended. A refusal says why. */
export type LabOutcome = 'done' | 'cancelled' | { readonly problem: string };

interface Pending {
  readonly id: number;
  readonly tell: (event: LabEvent) => void;
  readonly end: (outcome: LabOutcome) => void;
}

/** A worker that simulates for one panel: one request at a time, which can be cancelled at any moment. */
export class LabClient {
  #worker: Worker | undefined;
  #pending: Pending | undefined;
  #ids = 0;

  get busy(): boolean {
    return this.#pending !== undefined;
  }

  /** Cancels what is under way, and asks for this. */
  run(request: LabRequest, tell: (event: LabEvent) => void): Promise<LabOutcome> {
    if (this.busy) this.cancel();
    this.#worker ??= this.#start();
    const id = ++this.#ids;
    this.#worker.postMessage({ id, request } satisfies WorkerTask);
    return new Promise((end) => {
      this.#pending = { id, tell, end };
    });
  }

  /** A simulation does not look up from its work: its thread is ended, and the next request gets another. */
  cancel(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#endWith('cancelled');
  }

  #start(): Worker {
    const worker = new Worker(new URL('./lab-worker.ts', import.meta.url), { type: 'module', name: 'lab' });
    worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => this.#hear(data);
    worker.onerror = ({ message }) => {
      this.#worker?.terminate();
      this.#worker = undefined;
      this.#endWith({ problem: message || 'The simulation thread did not start.' });
    };
    return worker;
  }

  #hear(message: WorkerMessage): void {
    if (message.id !== this.#pending?.id) return;
    if ('event' in message) this.#pending.tell(message.event);
    else this.#endWith('done' in message ? 'done' : message.refused);
  }

  #endWith(outcome: LabOutcome): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.end(outcome);
  }
}
