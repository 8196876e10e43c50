import { MAX_ORDER, PAGE_SIZE } from '../../common/page.js';
import type { Processor } from '../hardware/processor.js';
import { oneThreadGBps } from '../hardware/shared-link.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';

const MIB = 2 ** 20;

/** Spends the costs of a migration's steps on the thread that makes them. */
export class Costs {
  readonly #profile: HardwareProfile;
  readonly #processor: Processor;
  /** Rate of the migrating thread's copies. */
  readonly #copyGBps: number;
  /** The part of a folio's cost before the copy, by order. The array below has the part after it. */
  readonly #unmap: Float64Array;
  readonly #map: Float64Array;
  #coldBytes = 0;
  /** Bytes that the DMA device copies until it is warm. */
  #coldDeviceBytes: number;

  constructor(profile: HardwareProfile, processor: Processor) {
    this.#profile = profile;
    this.#processor = processor;
    this.#copyGBps = oneThreadGBps(profile);
    this.#coldDeviceBytes = profile.cpu.coldMiB * MIB;
    const { folioNs, pageNs, pmdNs, unmapShare } = profile.cpu;
    const whole = Float64Array.from({ length: MAX_ORDER + 1 }, (_, order) =>
      order === MAX_ORDER ? folioNs + pmdNs : folioNs + pageNs * 2 ** order,
    );
    this.#unmap = whole.map((ns) => ns * unmapShare);
    this.#map = whole.map((ns) => ns * (1 - unmapShare));
  }

  /** A migration begins. Its threads are cold. */
  begin(): void {
    this.#coldBytes = this.#profile.cpu.coldMiB * MIB;
  }

  /** Spends the cost of one call, which may have several migrations. */
  call(): void {
    this.#processor.spend(this.#profile.cpu.callNs);
  }

  /**
   * From the end of a sleep until the thread runs. A processor enters an idle state only for at least twice the time
   * that it takes to leave it (Linux drivers/acpi/processor_idle.c, latency_factor).
   */
  wakeNs(sleptNs: number): number {
    const { cpu, topology } = this.#profile;
    const deep = topology?.deepWakeNs ?? 0;
    const isDeep = this.#processor.hogs === 0 && sleptNs >= 2 * deep;
    return cpu.wakeNs + (isDeep ? deep : 0);
  }

  /** Additional nanoseconds of a copy by any thread while the migration is cold. */
  coldNs(bytes: number): number {
    if (this.#coldBytes === 0) return 0;
    const cold = Math.min(bytes, this.#coldBytes);
    this.#coldBytes -= cold;
    return (cold / MIB) * this.#profile.cpu.coldNsPerMiB;
  }

  /** Additional nanoseconds of a copy by a channel while the device is cold. */
  coldDeviceNs(bytes: number): number {
    if (this.#coldDeviceBytes === 0) return 0;
    const cold = Math.min(bytes, this.#coldDeviceBytes);
    this.#coldDeviceBytes -= cold;
    return (cold / MIB) * this.#profile.cpu.coldNsPerMiB;
  }

  /** @param orders Number of unmapped folios of each order. */
  unmap(orders: Uint32Array): void {
    let ns = 0;
    for (let order = 0; order < orders.length; order++) ns += orders[order]! * this.#unmap[order]!;
    this.#processor.spend(ns);
  }

  map(orders: Uint32Array): void {
    let ns = 0;
    for (let order = 0; order < orders.length; order++) ns += orders[order]! * this.#map[order]!;
    this.#processor.spend(ns);
  }

  /** One call unmaps whole page tables. */
  tablesLeave(tables: number): void {
    const { callNs = 0, leaveNs = 0 } = this.#profile.tables ?? {};
    this.#processor.spend(callNs + tables * leaveNs);
  }

  /** One call maps whole page tables. */
  tablesArrive(tables: number): void {
    const { callNs = 0, arriveNs = 0 } = this.#profile.tables ?? {};
    this.#processor.spend(callNs + tables * arriveNs);
  }

  /** Write-protecting or unprotecting a folio changes each entry once, as unmapping does. */
  protect(orders: Uint32Array): void {
    this.unmap(orders);
  }

  flush(): void {
    this.#processor.spend(this.#profile.cpu.flushNs);
  }

  /** The migrating thread copies pages by one call. */
  copy(pages: number): void {
    const bytes = pages * PAGE_SIZE;
    this.#processor.spend(this.#profile.cpu.copyCallNs + bytes / this.#copyGBps + this.coldNs(bytes));
  }

  /** The migrating thread compares pages with their copies. */
  read(pages: number): void {
    this.#processor.spend((2 * pages * PAGE_SIZE) / this.#profile.memory.copyGBps);
  }
}
