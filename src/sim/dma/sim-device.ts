import type { DmaAddress, DmaChannel, DmaClient, DmaDevice } from '../../dmaengine/channel.js';
import { MigrationError } from '../../mm/migration-error.js';
import { PAGE_SIZE } from '../../mm/page.js';
import type { PhysicalMemory } from '../hardware/physical-memory.js';
import type { Processor } from '../hardware/processor.js';
import type { Random } from '../hardware/random.js';
import type { VirtualClock } from '../hardware/virtual-clock.js';
import type { DmaFigures, HardwareProfile } from '../profile/hardware-profile.js';
import type { Iommu } from './iommu.js';
import { type DescriptorFate, SimChannel } from './sim-channel.js';

export interface SimDeviceOptions {
  readonly clock: VirtualClock;
  readonly processor: Processor;
  readonly memory: PhysicalMemory;
  readonly profile: HardwareProfile;
  /** Translates the device's addresses; without one they are those of the frames. */
  readonly iommu: Iommu | undefined;
  /** With it a channel takes its descriptors in any order, not the one in which they were submitted. */
  readonly reorder?: Random;
  /** Asked for each descriptor as it begins. */
  readonly fate?: (channel: number, bytes: number) => DescriptorFate | undefined;
  /** Called when the migrating thread begins to wait. */
  readonly onWait?: () => void;
}

/** A DMA engine with channels, each with a queue of descriptors, in virtual time. */
export class SimDevice implements DmaDevice {
  readonly name = 'sim';
  readonly channels: number;
  readonly figures: DmaFigures;
  readonly maxBytes: number;
  readonly #options: SimDeviceOptions;
  readonly #copyGBps: number;
  readonly #wakeNs: number;
  readonly #all = new Set<SimChannel>();
  #free: SimChannel[] = [];
  #working = 0;
  #closed = false;

  constructor(options: SimDeviceOptions) {
    const { profile, iommu } = options;
    this.#options = options;
    this.figures = profile.dma;
    this.channels = profile.dma.channels;
    this.#copyGBps = profile.memory.copyGBps;
    this.#wakeNs = profile.cpu.wakeNs;
    // Behind an IOMMU a folio that is larger than a merged segment may be is one segment all the same.
    this.maxBytes = iommu === undefined ? profile.dma.maxSegmentBytes : Number.MAX_SAFE_INTEGER;
    for (let number = 0; number < this.channels; number++) {
      const channel = new SimChannel(this, number);
      this.#all.add(channel);
      this.#free.push(channel);
    }
  }

  async prepare(): Promise<void> {
    if (this.#all.size > 0 && !this.#closed) return;
    throw new MigrationError('ENODEV', 'the simulated device has no channel', {
      operation: 'registerMigrator',
      advice: 'dma.channels of the profile says how many it has.',
    });
  }

  requestChannel(client: DmaClient): DmaChannel | undefined {
    const channel = this.#free.shift();
    channel?.lend(client);
    return channel;
  }

  releaseChannel(channel: DmaChannel): void {
    if (channel.alive) this.#free.push(channel as SimChannel);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#free = [];
    await Promise.all([...this.#all].map((channel) => channel.terminate()));
  }

  /** A channel was terminated: it is of no use to anybody any more. */
  ended(channel: SimChannel): void {
    this.#all.delete(channel);
    this.#free = this.#free.filter((other) => other !== channel);
  }

  prepared(): void {
    this.#options.processor.spend(this.figures.submitNs);
  }

  waitFor(isOver: () => boolean, nanoseconds: number): void {
    this.#options.onWait?.();
    if (isOver()) return;
    this.#options.processor.sleepUntil(isOver, nanoseconds);
    this.#options.processor.sleep(this.#wakeNs);
  }

  /** Which of the queued descriptors, from `from` to before `to`, is begun next. */
  pick(from: number, to: number): number {
    return from + (this.#options.reorder?.below(to - from) ?? 0);
  }

  fateOf(channel: number, bytes: number): DescriptorFate | undefined {
    return this.#options.fate?.(channel, bytes);
  }

  work(channel: number, bytes: number, delayNs: number, end: () => void): void {
    const { descriptorNs, nearChannels, nearGBps, farGBps } = this.figures;
    this.#working++;
    const own = channel < nearChannels ? nearGBps : farGBps;
    const rate = Math.min(own, this.#copyGBps / this.#working);
    this.#options.clock.after(descriptorNs + bytes / rate + delayNs, () => {
      this.#working--;
      end();
    });
  }

  /** Copies whole pages; what a descriptor ends within is not in place. */
  transfer(dst: DmaAddress, src: DmaAddress, bytes: number): void {
    const { memory, iommu } = this.#options;
    const pages = Math.floor(bytes / PAGE_SIZE);
    const to = dst / PAGE_SIZE;
    const from = src / PAGE_SIZE;
    if (iommu === undefined) {
      memory.content.copy(to, from, pages);
      return;
    }
    for (let k = 0; k < pages; k++) {
      memory.content.copy(iommu.frameAt(to + k), iommu.frameAt(from + k), 1);
    }
  }
}
