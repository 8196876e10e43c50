import { MigrationError } from '../../src/common/migration-error.js';
import type { Random } from '../../src/common/random.js';
import type { DmaChannel, DmaClient, DmaDevice } from '../../src/dmaengine/channel.js';
import { type Copier, type Descriptor, FakeDmaChannel, type Fate } from './fake-dma-channel.js';

export interface FakeDmaOptions {
  readonly copier: () => Copier;
  /** Default 4. */
  readonly channels?: number;
  /** Default 1024. */
  readonly capacity?: number;
  /** Default none to speak of. */
  readonly maxBytes?: number;
  /** The order in which descriptors end, and how many at once. Without it: all, in order. */
  readonly random?: Random;
}

/** A DMA device in memory, all of whose doings are asked for. */
export class FakeDmaDevice implements DmaDevice {
  readonly name = 'fake';
  readonly channels: number;
  readonly #options: FakeDmaOptions;
  #free: FakeDmaChannel[] = [];
  #made = 0;
  /** Every channel that was ever handed out, in the order of the first time. */
  readonly requested: FakeDmaChannel[] = [];
  /** Every channel that was given back, in that order. */
  readonly released: DmaChannel[] = [];
  /** What `prepare` was asked for. */
  readonly prepared: number[] = [];
  fate: (descriptor: Descriptor, channel: number) => Fate = () => 'copied';

  constructor(options: FakeDmaOptions) {
    this.channels = options.channels ?? 4;
    this.#options = options;
  }

  /** Channels that a client has. */
  get inUse(): FakeDmaChannel[] {
    return this.requested.filter((channel) => channel.alive && !this.#free.includes(channel));
  }

  /** Makes channels ready at once. */
  have(count: number): void {
    const alive = this.inUse.length + this.#free.length;
    const missing = Math.min(count - this.#free.length, this.channels - alive);
    for (let i = 0; i < missing; i++) this.#free.push(this.#make());
  }

  async prepare(count: number): Promise<void> {
    this.prepared.push(count);
    this.have(count);
    if (this.#free.length === 0) throw new MigrationError('ENODEV', 'none is left', { operation: 'prepare' });
  }

  requestChannel(client: DmaClient): DmaChannel | undefined {
    const channel = this.#free.shift();
    if (channel === undefined) return undefined;
    channel.client = client;
    if (!this.requested.includes(channel)) this.requested.push(channel);
    return channel;
  }

  releaseChannel(channel: DmaChannel): void {
    this.released.push(channel);
    if (!channel.alive) return;
    (channel as FakeDmaChannel).reset();
    this.#free.push(channel as FakeDmaChannel);
  }

  async close(): Promise<void> {
    await Promise.all(this.inUse.map((channel) => channel.terminate()));
  }

  #make(): FakeDmaChannel {
    const { copier, capacity = 1024, maxBytes = 2 ** 30, random } = this.#options;
    const number = this.#made++;
    return new FakeDmaChannel({
      name: `fake${number}`,
      capacity,
      maxBytes,
      random,
      copier,
      fate: (descriptor) => this.fate(descriptor, number),
    });
  }
}
