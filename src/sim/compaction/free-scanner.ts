import { FRAME_FREE } from '../hardware/physical-memory.js';
import type { DestinationSource } from '../machine/destination-source.js';
import type { Simulation } from '../simulation.js';

/** Free pages of a zone as destinations, from its end downwards (the kernel's isolate_freepages). */
export class FreeScanner implements DestinationSource {
  /** Frames from here on have been scanned. */
  at: number;
  /** Number of scanned frames. */
  scanned = 0;
  readonly #sim: Simulation;
  readonly #cluster: number;
  readonly #isolated: number[] = [];
  /** The scanner stops here. */
  floor: number;

  constructor(sim: Simulation, node: number, cluster: number) {
    this.#sim = sim;
    this.#cluster = cluster;
    this.floor = sim.memory.first[node]!;
    this.at = sim.memory.first[node + 1]!;
  }

  take(order: number): number {
    if (order > 0) return -1;
    if (this.#isolated.length === 0) this.#scan();
    return this.#isolated.shift() ?? -1;
  }

  give(frame: number): void {
    this.#isolated.unshift(frame);
  }

  /** Frees isolated pages that were not needed. */
  release(): void {
    for (const frame of this.#isolated.splice(0)) this.#sim.memory.give(frame, 0);
  }

  #scan(): void {
    const { memory, processor, profile } = this.#sim;
    const from = this.at;
    while (this.at > this.floor && this.#isolated.length < this.#cluster) {
      this.at--;
      if (memory.state[this.at] === FRAME_FREE && memory.takeFrame(this.at)) this.#isolated.push(this.at);
    }
    this.scanned += from - this.at;
    processor.spend((from - this.at) * profile.compaction.scanNs);
  }
}
