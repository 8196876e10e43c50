import { LabHost } from '../../../src/sim/lab/lab-host.js';
import type { LabRequest } from '../../../src/sim/lab/lab-protocol.js';
import type { WorkerMessage, WorkerTask } from './lab-messages.js';
import { problemOf } from './problem-of.js';

/** The thread of the page that simulates: one request after the other, so that the page itself never waits. */
interface WorkerScope {
  onmessage: ((event: { readonly data: WorkerTask }) => void) | null;
  postMessage(message: WorkerMessage): void;
}

const scope = globalThis as unknown as WorkerScope;
const host = new LabHost();

scope.onmessage = ({ data: { id, request } }) => void answer(id, request);

async function answer(id: number, request: LabRequest): Promise<void> {
  try {
    await host.run(request, (event) => scope.postMessage({ id, event }));
    scope.postMessage({ id, done: true });
  } catch (error) {
    scope.postMessage({ id, refused: { problem: problemOf(error) } });
  }
}
