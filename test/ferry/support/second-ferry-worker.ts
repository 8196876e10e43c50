/** A thread with a ferry of its own, which tries to adopt the memory that it is given each time it is told to. */
import { parentPort, workerData } from 'node:worker_threads';
import { MigrationError, openFerry, type Region } from '../../../src/index.js';

export interface SecondFerryReply {
  /** `adopted`, `released`, or the code of the error. */
  readonly outcome: string;
  readonly message?: string;
}

const port = parentPort!;
const ferry = await openFerry();
let region: Region | undefined;

function adopt(): SecondFerryReply {
  try {
    region = ferry.adopt(workerData as SharedArrayBuffer);
    return { outcome: 'adopted' };
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    return { outcome: error.code, message: error.message };
  }
}

port.on('message', async (command: 'adopt' | 'release') => {
  if (command === 'adopt') port.postMessage(adopt());
  else {
    await region?.release();
    port.postMessage({ outcome: 'released' } satisfies SecondFerryReply);
  }
});
