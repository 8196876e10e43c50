import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import type { SharedLink } from '../hardware/shared-link.js';
import type { HardwareProfile, TopologyFigures } from '../profile/hardware-profile.js';

/** Nanoseconds of a descriptor before its bytes move: fetch, start and completion, and translations by the IOMMU. */
export function descriptorThinkNs(
  { dma }: Pick<HardwareProfile, 'dma'>,
  translateNs: number,
  bytes: number,
): number {
  if (dma.iommu === 0) return dma.descriptorNs;
  // The IOMMU maps a huge page by one entry.
  const entries = bytes >= PMD_SIZE ? bytes / PMD_SIZE : bytes / PAGE_SIZE;
  return dma.descriptorNs + Math.ceil(entries) * translateNs;
}

/** Rate of a channel that has no other work and no neighbour, GB/s. */
export function channelGBps({ dma }: Pick<HardwareProfile, 'dma'>, channel: number): number {
  return channel < dma.nearChannels ? dma.nearGBps : dma.farGBps;
}

/**
 * The engines of a DMA device. The channels of one engine share its data path: the bytes of their descriptors pass one
 * after the other. All engines share the link between the nodes. A channel waits for descriptors and translations
 * alone, so one channel cannot use all of its engine.
 */
export class Engines {
  readonly #profile: HardwareProfile;
  readonly #topology: TopologyFigures;
  readonly #link: SharedLink;
  /** When the data path of each engine is free. */
  readonly #freeAt: Float64Array;
  /** The rate that the channels of each engine would have, GB/s. */
  readonly #wanted: Float64Array;
  /** Descriptors of each engine that have begun and not ended. */
  readonly #begun: Uint32Array;
  /** Engines that have such descriptors. They share the memory. */
  #busy = 0;

  constructor(profile: HardwareProfile, topology: TopologyFigures, link: SharedLink) {
    this.#profile = profile;
    this.#topology = topology;
    this.#link = link;
    const engines = Math.ceil(profile.dma.channels / topology.engineChannels);
    this.#freeAt = new Float64Array(engines);
    this.#wanted = new Float64Array(engines);
    this.#begun = new Uint32Array(engines);
  }

  /** A descriptor begins. Returns the rate that it would have alone, for `end`. */
  begin(channel: number, bytes: number): number {
    const alone = bytes / (this.#thinkNs(bytes) + bytes / channelGBps(this.#profile, channel));
    if (this.#begun[this.#engineOf(channel)]!++ === 0) this.#busy++;
    this.#want(channel, alone);
    return alone;
  }

  /** A descriptor ends. */
  end(channel: number, alone: number): void {
    if (--this.#begun[this.#engineOf(channel)]! === 0) this.#busy--;
    this.#want(channel, -alone);
  }

  /** Nanoseconds until a descriptor that has begun now has ended. */
  endsAfter(now: number, channel: number, bytes: number): number {
    const engine = this.#engineOf(channel);
    const { latency } = this.#link;
    const start = Math.max(now + this.#thinkNs(bytes), this.#freeAt[engine]!);
    // The descriptors of an engine pass one after the other, so each has the engine's share of the memory.
    const memoryGBps = this.#profile.memory.copyGBps / this.#busy;
    const path = Math.min(this.#topology.engineGBps / latency, memoryGBps);
    const own = Math.min(channelGBps(this.#profile, channel) / latency, path);
    this.#freeAt[engine] = start + bytes / path;
    return start + bytes / own - now;
  }

  #thinkNs(bytes: number): number {
    return descriptorThinkNs(this.#profile, this.#topology.translateNs, bytes);
  }

  #want(channel: number, rate: number): void {
    const { engineGBps, linkGBps } = this.#topology;
    const engine = this.#engineOf(channel);
    const before = Math.min(engineGBps, this.#wanted[engine]!);
    this.#wanted[engine] = Math.max(0, this.#wanted[engine]! + rate);
    this.#link.add((Math.min(engineGBps, this.#wanted[engine]!) - before) / linkGBps);
  }

  #engineOf(channel: number): number {
    return Math.floor(channel / this.#topology.engineChannels);
  }
}
