import { IdxdDevice } from '../../../src/dmaengine/idxd/idxd-device.js';
import { libc } from '../../../src/linux/sys/libc.js';
import { type DmaDeviceUnderTest, dmaDeviceConformance } from '../conformance.js';
import { SHARED, workQueue } from './bench.js';
import { StandInThread } from './stand-in-thread.js';

const memory = new Uint8Array(new SharedArrayBuffer(16 * 2 ** 20));

/** Two queues, each served by a thread that writes records whenever it likes; `wait` really sleeps. */
async function setup(): Promise<DmaDeviceUnderTest> {
  const config = { ...SHARED, entries: 32 };
  const threads: StandInThread[] = [];
  const device = new IdxdDevice(
    ['wq0.0', 'wq0.1'].map((name) => workQueue(name, config)),
    {
      openPortal: () => {
        const thread = new StandInThread(config);
        threads.push(thread);
        return thread;
      },
    },
  );
  return {
    device,
    memory: { address: libc().addressOf(memory), bytes: memory },
    close: async () => {
      await Promise.all(threads.map((thread) => thread.gone()));
    },
  };
}

dmaDeviceConformance('idxd, records written by another thread,', setup);
