import { seededRandom } from '../../../../src/common/random.js';
import { IdxdDevice } from '../../../../src/dmaengine/idxd/idxd-device.js';
import { libc } from '../../../../src/linux/sys/libc.js';
import type { DmaDeviceUnderTest } from '../../conformance.js';
import { workQueue } from '../bench.js';
import { DsaStandIn, type Fate, type StandInConfig } from '../dsa-stand-in.js';

const memory = new Uint8Array(new SharedArrayBuffer(16 * 2 ** 20));

/** A device of three queues, whose stand-ins work while somebody waits. */
export function subject(config: StandInConfig, fate?: (random: (bound: number) => number) => Fate) {
  return async (): Promise<DmaDeviceUnderTest> => {
    const random = seededRandom(3);
    const standIns = new Map<string, DsaStandIn>();
    const work = () => {
      for (const standIn of standIns.values()) standIn.step();
    };
    const device = new IdxdDevice(
      ['wq0.0', 'wq0.1', 'wq2.0'].map((name) => workQueue(name, config)),
      {
        openPortal: ({ name }) => {
          const standIn = new DsaStandIn(config, random);
          if (fate !== undefined) standIn.fate = fate(random);
          standIns.set(name, standIn);
          return {
            submit: (address) => standIn.submit(address),
            close: () => {
              standIn.closed = true;
            },
          };
        },
        nap: work,
      },
    );
    return {
      device,
      memory: { address: libc().addressOf(memory), bytes: memory },
      work,
      close: async () => {},
    };
  };
}
