import { MigrationError } from '../../common/migration-error.js';
import { type CopyKind, type CopyRoutine, channelCopyRoutine } from '../../linux/code/copy.js';
import { loadedCode } from '../../linux/code/machine-code.js';
import { startThread } from '../../linux/threads/start-thread.js';
import type { DmaChannel, DmaClient, DmaDevice } from '../channel.js';
import { Ring } from './ring.js';
import { SoftChannel } from './soft-channel.js';
import type { SoftChannelThreadOptions } from './soft-channel-thread.js';

const MAX_SOFT_CHANNELS = 64;

/** A DMA device made of threads. Each channel is a thread, with the fastest copy that this host has. */
export class SoftDevice implements DmaDevice {
  readonly name = 'soft';
  readonly channels = MAX_SOFT_CHANNELS;
  readonly #copy: CopyKind;
  /** The copy routine with which the client helps. */
  #routine: CopyRoutine | undefined;
  readonly #all = new Set<SoftChannel>();
  #free: SoftChannel[] = [];
  #started = 0;
  #preparing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(copy: CopyKind = 'fast') {
    this.#copy = copy;
  }

  prepare(count: number): Promise<void> {
    const next = this.#preparing.then(() => this.#prepare(count));
    // A failure does not stop the next attempt.
    this.#preparing = next.catch(() => undefined);
    return next;
  }

  requestChannel(client: DmaClient): DmaChannel | undefined {
    const channel = this.#free.find(({ alive }) => alive);
    if (channel === undefined) return undefined;
    this.#free = this.#free.filter((other) => other !== channel);
    channel.client = client;
    return channel;
  }

  /** @throws MigrationError EBUSY when descriptors are in flight. */
  releaseChannel(channel: DmaChannel): void {
    if (!(channel instanceof SoftChannel) || !channel.alive || !this.#all.has(channel)) return;
    if (channel.inFlight > 0) {
      throw new MigrationError('EBUSY', `${channel.name} has ${channel.inFlight} descriptors in flight`, {
        operation: 'releaseChannel',
        advice: 'Wait for them, or terminate the channel.',
      });
    }
    if (this.#free.includes(channel)) return;
    channel.reset();
    this.#free.push(channel);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#preparing;
    await Promise.all([...this.#all].map((channel) => channel.terminate()));
  }

  async #prepare(count: number): Promise<void> {
    const missing = Math.min(count - this.#ready, this.channels - this.#all.size);
    // Wait for each, even if another has failed, because `close` must know all threads.
    const started = await Promise.allSettled(
      Array.from({ length: Math.max(0, missing) }, () => this.#start()),
    );
    if (count <= 0 || this.#ready > 0) return;
    const failed = started.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    throw new MigrationError('ENODEV', 'every soft channel is in use', { operation: 'registerMigrator' });
  }

  /** Channels that `requestChannel` could return. */
  get #ready(): number {
    return this.#free.filter(({ alive }) => alive).length;
  }

  async #start(): Promise<void> {
    if (this.#closed) {
      throw new MigrationError('ENODEV', 'the soft DMA device is closed', { operation: 'registerMigrator' });
    }
    const buffer = new SharedArrayBuffer(Ring.bytes);
    const options: SoftChannelThreadOptions = { ring: buffer, copy: this.#copy, code: loadedCode() };
    const url = new URL('./soft-channel-thread.js', import.meta.url);
    const name = `pageferry-chan${this.#started}`;
    const { worker, exited } = await startThread(url, name, options, 'a soft channel');
    this.#routine ??= channelCopyRoutine(this.#copy);
    const channel = new SoftChannel(
      `soft${this.#started++}`,
      new Ring(buffer),
      worker,
      exited,
      this.#routine,
    );
    exited.then(() => this.#gone(channel));
    this.#all.add(channel);
    this.#free.push(channel);
  }

  #gone(channel: SoftChannel): void {
    this.#all.delete(channel);
    this.#free = this.#free.filter((other) => other !== channel);
  }
}
