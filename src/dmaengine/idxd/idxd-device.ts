import { MigrationError } from '../../common/migration-error.js';
import type { DmaChannel, DmaClient, DmaDevice } from '../channel.js';
import { IdxdChannel, type Nap } from './idxd-channel.js';
import { Lane } from './lane.js';
import type { Portal } from './portal.js';
import type { WorkQueue } from './work-queues.js';

/** System calls of the device. Tests replace them. */
export interface IdxdSystem {
  /** @throws MigrationError when the queue cannot be opened. */
  openPortal(queue: WorkQueue): Portal;
  /** @defaultValue usleep(3) */
  readonly nap?: Nap;
}

/** The user work queues of all Intel DSAs of this host, as one device. Each channel is a queue. */
export class IdxdDevice implements DmaDevice {
  readonly name = 'idxd';
  readonly channels: number;
  readonly #queues: readonly WorkQueue[];
  readonly #system: IdxdSystem;
  readonly #ready: Lane[] = [];
  readonly #inUse = new Map<IdxdChannel, Lane>();
  #closed: Promise<void> | undefined;

  constructor(queues: readonly WorkQueue[], system: IdxdSystem) {
    this.channels = queues.length;
    this.#queues = queues;
    this.#system = system;
  }

  async prepare(count: number): Promise<void> {
    let failure: unknown;
    for (const queue of this.#queues) {
      if (this.#closed !== undefined || this.#ready.length >= count) break;
      if (this.#isOpen(queue)) continue;
      try {
        this.#ready.push(new Lane(queue, this.#system.openPortal(queue)));
      } catch (cause) {
        // Try the other queues. This one may be dedicated and open in another process, for example.
        failure ??= cause;
      }
    }
    if (count > 0 && this.#ready.length === 0) throw this.#noChannel(failure);
  }

  requestChannel(client: DmaClient): DmaChannel | undefined {
    const lane = this.#ready.shift();
    if (lane === undefined) return undefined;
    const channel = new IdxdChannel(lane, client, this.#system.nap);
    this.#inUse.set(channel, lane);
    return channel;
  }

  /** @throws MigrationError EBUSY when descriptors are in flight. */
  releaseChannel(channel: DmaChannel): void {
    if (!(channel instanceof IdxdChannel) || !this.#inUse.has(channel)) return;
    if (!channel.alive) {
      // Its queue can be opened again once the device has finished its descriptors.
      void channel.terminate();
      return;
    }
    if (channel.inFlight > 0) {
      throw new MigrationError('EBUSY', `${channel.name} has ${channel.inFlight} descriptors in flight`, {
        operation: 'releaseChannel',
        advice: 'Wait for them, or terminate the channel.',
      });
    }
    this.#inUse.delete(channel);
    this.#ready.push(channel.retire());
  }

  close(): Promise<void> {
    this.#closed ??= this.#endAll();
    return this.#closed;
  }

  async #endAll(): Promise<void> {
    for (const lane of this.#ready.splice(0)) lane.close();
    await Promise.all([...this.#inUse.keys()].map((channel) => channel.terminate()));
  }

  /** Whether a queue is open. That of a terminated channel stays open until the device has finished. */
  #isOpen(queue: WorkQueue): boolean {
    for (const [channel, lane] of this.#inUse) if (!lane.open) this.#inUse.delete(channel);
    return [...this.#ready, ...this.#inUse.values()].some((lane) => lane.queue === queue);
  }

  #noChannel(cause: unknown): MigrationError {
    const why = cause instanceof MigrationError ? cause.problem : 'no work queue is free';
    const advice = cause instanceof MigrationError ? cause.advice : 'Configure more queues.';
    return new MigrationError('ENODEV', `no work queue is ready: ${why}`, {
      operation: 'prepare',
      cause,
      ...(advice === undefined ? {} : { advice }),
    });
  }
}
