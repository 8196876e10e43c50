import { SoftDevice } from '../../../src/dmaengine/soft/soft-device.js';
import { libc } from '../../../src/linux/sys/libc.js';
import { sampled } from '../../deep.js';
import { dmaDeviceConformance } from '../conformance.js';

const memory = new Uint8Array(new SharedArrayBuffer(16 * 2 ** 20));

for (const copy of sampled(['fast', 'checked'] as const, 1)) {
  dmaDeviceConformance(`soft, with the ${copy} copy,`, async () => ({
    device: new SoftDevice(copy),
    memory: { address: libc().addressOf(memory), bytes: memory },
    close: async () => {},
  }));
}
