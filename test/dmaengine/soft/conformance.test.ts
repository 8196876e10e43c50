import { SoftDevice } from '../../../src/dmaengine/soft/soft-device.js';
import { libc } from '../../../src/linux/libc.js';
import { dmaDeviceConformance } from '../conformance.js';

const memory = new Uint8Array(new SharedArrayBuffer(16 * 2 ** 20));

for (const copy of ['fast', 'checked'] as const) {
  dmaDeviceConformance(`soft, with the ${copy} copy,`, async () => ({
    device: new SoftDevice(copy),
    memory: { address: libc().addressOf(memory), bytes: memory },
    close: async () => {},
  }));
}
