import { MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import type { RandomStream } from '../../common/random.js';
import type { DmaAddress, DmaChannel, DmaClient, DmaDevice } from '../../dmaengine/channel.js';
import type { PhysicalMemory } from '../hardware/physical-memory.js';
import type { Processor } from '../hardware/processor.js';
import type { SharedLink } from '../hardware/shared-link.js';
import type { VirtualClock } from '../hardware/virtual-clock.js';
import type { Costs } from '../machine/costs.js';
import type { DmaFigures, HardwareProfile } from '../profile/hardware-profile.js';
import { Engines } from './engines.js';
import type { Iommu } from './iommu.js';
import { type ChannelHost, type DescriptorFate, SimChannel } from './sim-channel.js';

export interface SimDeviceOptions {
  readonly clock: VirtualClock;
  readonly processor: Processor;
  readonly memory: PhysicalMemory;
  readonly profile: HardwareProfile;
  readonly costs: Costs;
  readonly link: SharedLink;
  /** Translates the device's addresses. Without one they are those of the frames. */
  readonly iommu: Iommu | undefined;
  /** A channel takes its descriptors in random order, not in order of submission. */
  readonly reorder?: RandomStream;
  /** Called when a descriptor begins. */
  readonly fate?: (channel: number, bytes: number) => DescriptorFate | undefined;
  /** Called when the migrating thread begins to wait. */
  readonly onWait?: () => void;
}

const IDLE_WAIT_NS = 1_000_000;

/** A DMA engine with channels, each with a queue of descriptors, in virtual time. */
export class SimDevice implements DmaDevice, ChannelHost {
  readonly name = 'sim';
  readonly channels: number;
  readonly queueDepth: number;
  readonly maxBytes: number;
  readonly #figures: DmaFigures;
  readonly #options: SimDeviceOptions;
  readonly #copyGBps: number;
  /** Undefined for a profile without a topology. */
  readonly #engines: Engines | undefined;
  readonly #all = new Set<SimChannel>();
  #free: SimChannel[] = [];
  /** Numbers of the unused channels, the nearest first. */
  readonly #numbers: number[] = [];
  #working = 0;
  /** Processors that working channels use, or 0 for hardware. */
  readonly #channelCpus: number;
  /** Whether the migrating thread waits for the device. */
  #waiting = false;
  #closed = false;

  constructor(options: SimDeviceOptions) {
    const { profile, iommu } = options;
    this.#options = options;
    this.#figures = profile.dma;
    this.queueDepth = profile.dma.queueDepth;
    this.channels = profile.dma.channels;
    this.#copyGBps = profile.memory.copyGBps;
    this.#channelCpus = profile.soft?.channelCpus ?? 0;
    if (this.#channelCpus > 0) options.processor.slowdown = () => this.#shortage(1);
    this.#engines =
      profile.topology === undefined ? undefined : new Engines(profile, profile.topology, options.link);
    // Behind an IOMMU a folio is one segment, even if it is larger than the maximum of a merged segment.
    const { maxSegmentBytes } = profile.dma;
    this.maxBytes = iommu === undefined ? maxSegmentBytes : Math.max(maxSegmentBytes, PMD_SIZE);
    for (let number = 0; number < this.channels; number++) this.#numbers.push(number);
  }

  async prepare(count: number): Promise<void> {
    this.have(count);
    if (this.#all.size > 0) return;
    throw new MigrationError('ENODEV', 'the simulated device has no channels', {
      operation: 'registerMigrator',
      advice: 'Set dma.channels of the profile.',
    });
  }

  /** `prepare` without waiting, as a modelled channel needs no time to start. */
  have(count: number): void {
    while (!this.#closed && this.#free.length < count && this.#numbers.length > 0) {
      const channel = new SimChannel(this, this.#numbers.shift()!);
      this.#all.add(channel);
      this.#free.push(channel);
    }
  }

  requestChannel(client: DmaClient): DmaChannel | undefined {
    const channel = this.#free.shift();
    channel?.lend(client);
    return channel;
  }

  releaseChannel(channel: DmaChannel): void {
    if (!channel.alive || this.#closed) return;
    (channel as SimChannel).reset();
    this.#free.push(channel as SimChannel);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#free = [];
    await Promise.all([...this.#all].map((channel) => channel.terminate()));
  }

  ended(channel: SimChannel, number: number, quiet: Promise<void>): void {
    this.#free = this.#free.filter((other) => other !== channel);
    quiet.then(() => {
      this.#all.delete(channel);
      this.#numbers.push(number);
      this.#numbers.sort((a, b) => a - b);
    });
  }

  prepared(): void {
    this.#options.processor.spend(this.#figures.submitNs);
  }

  nothingToWaitFor(): void {
    this.#options.processor.spend(IDLE_WAIT_NS);
  }

  waitFor(isOver: () => boolean, nanoseconds: number): void {
    this.#options.onWait?.();
    if (isOver()) return;
    this.#waiting = true;
    this.#options.processor.sleepUntil(isOver, nanoseconds);
    this.#waiting = false;
    this.#options.processor.sleep(this.#options.costs.wakeNs(this.#options.processor.sleptNs));
  }

  pick(from: number, to: number): number {
    return from + (this.#options.reorder?.below(to - from) ?? 0);
  }

  fateOf(channel: number, bytes: number): DescriptorFate | undefined {
    return this.#options.fate?.(channel, bytes);
  }

  work(channel: number, bytes: number, delayNs: number, end: () => void): void {
    const { clock, costs } = this.#options;
    this.#working++;
    const demand = this.#engines?.begin(channel, bytes) ?? 0;
    const ns = this.#engines?.endsAfter(clock.now, channel, bytes) ?? this.#alone(channel, bytes);
    clock.after(ns + costs.coldDeviceNs(bytes) + delayNs, () => {
      this.#working--;
      this.#engines?.end(channel, demand);
      end();
    });
  }

  /** Threads that can run, by the processors that there are; at least 1. @param others threads that are not channels. */
  #shortage(others: number): number {
    const { cpus } = this.#options.profile.cpu;
    return Math.max(1, (others + this.#working * this.#channelCpus) / cpus);
  }

  /** The time of a descriptor on a device whose channels share nothing but the memory, and processors if they are threads. */
  #alone(channel: number, bytes: number): number {
    const memoryGBps = this.#copyGBps / this.#working;
    const { descriptorNs, nearChannels, nearGBps, farGBps } = this.#figures;
    const own = channel < nearChannels ? nearGBps : farGBps;
    const shortage = this.#channelCpus === 0 ? 1 : this.#shortage(this.#waiting ? 0 : 1);
    return descriptorNs * shortage + bytes / Math.min(own / shortage, memoryGBps);
  }

  transfer(dst: DmaAddress, src: DmaAddress, bytes: number): void {
    if (dst % PAGE_SIZE === 0 && src % PAGE_SIZE === 0 && bytes % PAGE_SIZE === 0) {
      this.#transferPages(dst / PAGE_SIZE, src / PAGE_SIZE, bytes / PAGE_SIZE);
      return;
    }
    const { content } = this.#options.memory;
    for (let done = 0; done < bytes; ) {
      const [to, from] = [dst + done, src + done];
      const size = this.#pieceOf(to, from, bytes - done);
      const [target, source] = [this.#physical(to), this.#physical(from)];
      if (size % PAGE_SIZE === 0 && target % PAGE_SIZE === 0 && source % PAGE_SIZE === 0) {
        content.copy(target / PAGE_SIZE, source / PAGE_SIZE, size / PAGE_SIZE);
      } else {
        content.copyBytes(target, source, size);
      }
      done += size;
    }
  }

  /** Nearly every descriptor has whole pages, so these are numbered by integers: a remainder of large numbers is slow. */
  #transferPages(dst: number, src: number, pages: number): void {
    const { memory, iommu } = this.#options;
    if (iommu === undefined) {
      memory.content.copy(dst, src, pages);
      return;
    }
    for (let k = 0; k < pages; k++) memory.content.copy(iommu.frameAt(dst + k), iommu.frameAt(src + k), 1);
  }

  /** Bytes after both addresses that are contiguous in memory. */
  #pieceOf(to: DmaAddress, from: DmaAddress, bytes: number): number {
    if (this.#options.iommu === undefined) return bytes;
    return Math.min(bytes, PAGE_SIZE - (to % PAGE_SIZE), PAGE_SIZE - (from % PAGE_SIZE));
  }

  #physical(address: DmaAddress): number {
    const { iommu } = this.#options;
    if (iommu === undefined) return address;
    return iommu.frameAt(Math.floor(address / PAGE_SIZE)) * PAGE_SIZE + (address % PAGE_SIZE);
  }
}
