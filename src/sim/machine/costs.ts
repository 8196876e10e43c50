import { MAX_ORDER, PAGE_SIZE } from '../../mm/page.js';
import type { Processor } from '../hardware/processor.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';

const MIB = 2 ** 20;

/** What the steps of a migration cost the thread that makes them. */
export class Costs {
  readonly #profile: HardwareProfile;
  readonly #processor: Processor;
  /** By order: the part of a folio's cost that is spent before the copy, and after it. */
  readonly #unmap: Float64Array;
  readonly #map: Float64Array;
  #coldBytes = 0;

  constructor(profile: HardwareProfile, processor: Processor) {
    this.#profile = profile;
    this.#processor = processor;
    const { folioNs, pageNs, pmdNs, unmapShare } = profile.cpu;
    const whole = Float64Array.from({ length: MAX_ORDER + 1 }, (_, order) =>
      order === MAX_ORDER ? folioNs + pmdNs : folioNs + pageNs * 2 ** order,
    );
    this.#unmap = whole.map((ns) => ns * unmapShare);
    this.#map = whole.map((ns) => ns * (1 - unmapShare));
  }

  /** A migration begins: one call, and everything is cold. */
  call(): void {
    this.#coldBytes = this.#profile.cpu.coldMiB * MIB;
    this.#processor.spend(this.#profile.cpu.callNs);
  }

  /** So many folios of each order are unmapped. */
  unmap(orders: Uint32Array): void {
    let ns = 0;
    let bytes = 0;
    for (let order = 0; order < orders.length; order++) {
      ns += orders[order]! * this.#unmap[order]!;
      bytes += orders[order]! * PAGE_SIZE * 2 ** order;
    }
    const cold = Math.min(bytes, this.#coldBytes);
    this.#coldBytes -= cold;
    this.#processor.spend(ns + (cold / MIB) * this.#profile.cpu.coldNsPerMiB);
  }

  map(orders: Uint32Array): void {
    let ns = 0;
    for (let order = 0; order < orders.length; order++) ns += orders[order]! * this.#map[order]!;
    this.#processor.spend(ns);
  }

  flush(): void {
    this.#processor.spend(this.#profile.cpu.flushNs);
  }

  /** The migrating thread copies so many pages by one call. */
  copy(pages: number): void {
    const { copyCallNs, copyGBps } = this.#profile.cpu;
    const rate = Math.min(copyGBps, this.#profile.memory.copyGBps);
    this.#processor.spend(copyCallNs + (pages * PAGE_SIZE) / rate);
  }
}
