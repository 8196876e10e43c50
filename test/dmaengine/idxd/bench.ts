import '../../ferry/support/watchdog.js';
import { seededRandom } from '../../../src/common/random.js';
import type { DmaChannel, DmaClient } from '../../../src/dmaengine/channel.js';
import { IdxdDevice } from '../../../src/dmaengine/idxd/idxd-device.js';
import type { WorkQueue } from '../../../src/dmaengine/idxd/work-queues.js';
import { libc } from '../../../src/linux/sys/libc.js';
import { DsaStandIn, type Job, type StandInConfig } from './dsa-stand-in.js';

export const SHARED: StandInConfig = {
  entries: 8,
  dedicated: false,
  blockOnFault: false,
  maxTransfer: 2 * 2 ** 20,
};
export const DEDICATED: StandInConfig = { ...SHARED, dedicated: true };

/** How a descriptor ended, as the client was told. */
export interface Told {
  readonly cookie: number;
  readonly result: number;
  readonly bytes: number;
}

/** One queue, its stand-in, a channel over it and a client that takes notes. */
export class IdxdBench implements DmaClient {
  readonly standIn: DsaStandIn;
  readonly device: IdxdDevice;
  readonly told: Told[] = [];
  readonly src: Uint8Array;
  readonly dst: Uint8Array;
  readonly srcAt: number;
  readonly dstAt: number;
  /** Called back after a note was taken. */
  also: (told: Told) => void = () => {};
  /** What happens while `wait` sleeps. */
  napping: () => void;

  static async open(config: StandInConfig = SHARED, bytes = 1 << 20): Promise<[IdxdBench, DmaChannel]> {
    const bench = new IdxdBench(config, bytes);
    await bench.device.prepare(1);
    return [bench, bench.device.requestChannel(bench)!];
  }

  private constructor(config: StandInConfig, bytes: number) {
    this.standIn = new DsaStandIn(config, seededRandom(7));
    this.napping = () => this.standIn.step();
    const system = {
      openPortal: () => ({
        submit: (address: number) => this.standIn.submit(address),
        close: () => {
          this.standIn.closed = true;
        },
      }),
      nap: () => this.napping(),
    };
    this.device = new IdxdDevice([workQueue('wq0.0', config)], system);
    this.src = new Uint8Array(new SharedArrayBuffer(bytes));
    this.dst = new Uint8Array(new SharedArrayBuffer(bytes));
    this.srcAt = libc().addressOf(this.src);
    this.dstAt = libc().addressOf(this.dst);
    for (let i = 0; i < bytes; i++) this.src[i] = (i * 131 + (i >> 8)) % 251;
  }

  completed(_channel: DmaChannel, cookie: number, result: number, bytes: number): void {
    const told = { cookie, result, bytes };
    this.told.push(told);
    this.also(told);
  }

  /** Prepares and submits the copy of `bytes` at the same offset on both sides; returns the cookie. */
  copy(channel: DmaChannel, offset: number, bytes: number): number {
    const cookie = channel.prepMemcpy(this.dstAt + offset, this.srcAt + offset, bytes);
    if (cookie < 0) throw new Error(`prepMemcpy: ${cookie}`);
    channel.submit(cookie);
    return cookie;
  }

  /** How many bytes from `offset` on arrived. */
  arrived(offset: number, bytes: number): number {
    let count = 0;
    while (count < bytes && this.dst[offset + count] === this.src[offset + count]) count++;
    return count;
  }

  /** Polls, the device finishing everything in between, until nothing is in flight. */
  finish(channel: DmaChannel): void {
    while (channel.inFlight > 0) {
      this.standIn.run();
      channel.poll();
    }
  }

  get jobs(): readonly Job[] {
    return this.standIn.jobs;
  }
}

export function workQueue(name: string, config: StandInConfig): WorkQueue {
  return {
    name,
    node: `/dev/dsa/${name}`,
    mode: config.dedicated ? 'dedicated' : 'shared',
    size: config.entries,
    maxBytes: config.maxTransfer,
    blockOnFault: config.blockOnFault,
    numaNode: undefined,
  };
}
