import { MigrationError } from '../../common/migration-error.js';
import { PMD_SIZE } from '../../common/page.js';
import type { DmaChannel } from '../../dmaengine/channel.js';
import { SoftDevice } from '../../dmaengine/soft/soft-device.js';
import { advise, MADV_POPULATE_WRITE, type Mapping, reserve } from '../../linux/sys/mman.js';

/** So few that copying them takes no measurable time. */
const BYTES = 64;
const MANY = 64;
const REPEATS = 200;
const PATIENCE_NS = 1e9;

/** Costs of a channel beside copying, in ns. */
export interface ChannelTimes {
  /** One more descriptor. */
  readonly descriptorNs: number;
  /** To prepare and submit one. */
  readonly submitNs: number;
  /** From the end of a copy until the thread that waited for it runs. */
  readonly wakeNs: number;
}

/** A soft channel that is measured. */
export class CalibrationChannel {
  readonly #device: SoftDevice;
  readonly #channel: DmaChannel;
  readonly #memory: Mapping;

  private constructor(device: SoftDevice, channel: DmaChannel) {
    this.#device = device;
    this.#channel = channel;
    this.#memory = reserve(PMD_SIZE);
    advise(this.#memory.address, PMD_SIZE, MADV_POPULATE_WRITE);
  }

  /** @throws MigrationError ENODEV when its thread cannot be started. */
  static async open(): Promise<CalibrationChannel> {
    const device = new SoftDevice();
    try {
      await device.prepare(1);
      const channel = device.requestChannel({ completed: () => undefined });
      if (channel === undefined) {
        throw new MigrationError('ENODEV', 'a soft channel has ended', { operation: 'calibrate' });
      }
      const opened = new CalibrationChannel(device, channel);
      // The first round compiles both threads' code.
      opened.measure();
      return opened;
    } catch (error) {
      await device.close();
      throw error;
    }
  }

  /** Maximum descriptors of the channel, and maximum bytes of one. */
  get limits(): { readonly capacity: number; readonly maxBytes: number } {
    return this.#channel;
  }

  /** Measures round trips of one descriptor, and of many. */
  measure(): ChannelTimes {
    const one: number[] = [];
    const many: number[] = [];
    const submit: number[] = [];
    for (let i = 0; i < REPEATS; i++) {
      one.push(this.#trip(1).total);
      const trip = this.#trip(MANY);
      many.push(trip.total);
      submit.push(trip.submitted / MANY);
    }
    const [oneNs, manyNs, submitNs] = [quarter(one), quarter(many), quarter(submit)];
    const descriptorNs = Math.max(0, (manyNs - oneNs) / (MANY - 1));
    return { descriptorNs, submitNs, wakeNs: Math.max(0, oneNs - descriptorNs - submitNs) };
  }

  async close(): Promise<void> {
    await this.#device.close();
    this.#memory.unmap();
  }

  #trip(descriptors: number): { submitted: number; total: number } {
    const channel = this.#channel;
    const { address } = this.#memory;
    const started = performance.now();
    for (let i = 0; i < descriptors; i++) {
      const at = address + 2 * i * BYTES;
      channel.submit(channel.prepMemcpy(at, at + BYTES, BYTES));
    }
    const submitted = performance.now() - started;
    channel.issuePending();
    while (channel.inFlight > 0 && channel.alive) channel.wait(PATIENCE_NS, channel.inFlight);
    return { submitted: submitted * 1e6, total: (performance.now() - started) * 1e6 };
  }
}

/** The lower quartile. A busy host delays the others. */
function quarter(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 2]!;
}
