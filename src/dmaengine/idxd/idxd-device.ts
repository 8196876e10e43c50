import { MigrationError } from '../../common/migration-error.js';
import type { DmaChannel, DmaClient, DmaDevice } from '../channel.js';
import { IdxdChannel, type Nap } from './idxd-channel.js';
import { Lane } from './lane.js';
import type { Portal } from './portal.js';
import type { WorkQueue } from './work-queues.js';

/** What a device needs of the system. */
export interface IdxdSystem {
  /** @throws MigrationError when the queue cannot be opened. */
  openPortal(queue: WorkQueue): Portal;
  /** As usleep(3) unless given. */
  readonly nap?: Nap;
}

/** The user work queues of all Intel DSA of this host, as one device: a channel is a queue. */
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
        // Another queue may do: one that is dedicated to another process, for example, is no reason to stop.
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

  /** @throws MigrationError EBUSY when something is in flight. */
  releaseChannel(channel: DmaChannel): void {
    if (!(channel instanceof IdxdChannel) || !this.#inUse.has(channel)) return;
    if (!channel.alive) {
      // Its queue may be opened again once the device has finished what it has of it.
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

  /** A channel that was terminated keeps its queue until the device has finished; then the queue is free again. */
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
