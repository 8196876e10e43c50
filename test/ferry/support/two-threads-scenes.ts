import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { SecondFerryReply } from './second-ferry-worker.js';

export async function withSecondFerry(
  buffer: SharedArrayBuffer,
  use: (tell: (command: 'adopt' | 'release') => Promise<SecondFerryReply>, worker: Worker) => Promise<void>,
): Promise<void> {
  const worker = new Worker(new URL('./second-ferry-worker.js', import.meta.url), {
    workerData: buffer,
  });
  try {
    await use(async (command) => {
      worker.postMessage(command);
      const [reply] = (await once(worker, 'message')) as [SecondFerryReply];
      return reply;
    }, worker);
  } finally {
    await worker.terminate();
  }
}
