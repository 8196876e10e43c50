import '../../ferry/support/watchdog.js';
import assert from 'node:assert/strict';
import type { DmaChannel, DmaClient } from '../../../src/dmaengine/channel.js';
import { SoftDevice } from '../../../src/dmaengine/soft/soft-device.js';
import { libc } from '../../../src/linux/sys/libc.js';

export const MIB: number = 2 ** 20;

/** Memory at an address. */
export function shared(bytes: number): { readonly address: number; readonly bytes: Uint8Array } {
  const array = new Uint8Array(new SharedArrayBuffer(bytes));
  return { address: libc().addressOf(array), bytes: array };
}

/** Takes notes of every call back. */
export class Notes implements DmaClient {
  readonly told: { readonly cookie: number; readonly result: number; readonly bytes: number }[] = [];

  completed(_channel: DmaChannel, cookie: number, result: number, bytes: number): void {
    this.told.push({ cookie, result, bytes });
  }
}

/** Runs `use` with a device, which is closed afterwards. */
export async function withDevice(
  use: (device: SoftDevice) => Promise<void>,
  device: SoftDevice = new SoftDevice(),
): Promise<void> {
  try {
    await use(device);
  } finally {
    await device.close();
  }
}

export function requested(device: SoftDevice, client: DmaClient = new Notes()): DmaChannel {
  const channel = device.requestChannel(client);
  assert.ok(channel !== undefined, 'a channel is ready');
  return channel;
}

/** Prepares and submits one copy. */
export function submit(channel: DmaChannel, dst: number, src: number, bytes: number): number {
  const cookie = channel.prepMemcpy(dst, src, bytes);
  assert.ok(cookie >= 0, `prepMemcpy: ${cookie}`);
  channel.submit(cookie);
  return cookie;
}

export function drain(channel: DmaChannel): void {
  while (channel.inFlight > 0) channel.wait(1e8, channel.inFlight);
}
