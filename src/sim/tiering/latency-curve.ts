/** Latency grows by this factor of the last point for each part of the bandwidth that is beyond it. */
const WALL = 1000;

/** The latency of a node under load: straight lines between measured points. */
export class LatencyCurve {
  readonly #loads: Float64Array;
  readonly #latencies: Float64Array;

  /** @param points GB/s and nanoseconds, by rising load. */
  constructor(points: readonly (readonly [GBps: number, ns: number])[]) {
    this.#loads = Float64Array.from(points, ([GBps]) => GBps);
    this.#latencies = Float64Array.from(points, ([, ns]) => ns);
  }

  /** The highest load that was measured, GB/s. */
  get maxGBps(): number {
    return this.#loads.at(-1)!;
  }

  /** Nanoseconds without load. */
  get idleNs(): number {
    return this.#latencies[0]!;
  }

  /** Nanoseconds under a load. Beyond the measured loads it rises so steeply that no program gets more bandwidth. */
  at(GBps: number): number {
    const loads = this.#loads;
    const latencies = this.#latencies;
    if (GBps <= loads[0]!) return latencies[0]!;
    for (let i = 1; i < loads.length; i++) {
      const load = loads[i]!;
      if (GBps > load) continue;
      const before = loads[i - 1]!;
      const part = (GBps - before) / (load - before);
      return latencies[i - 1]! + part * (latencies[i]! - latencies[i - 1]!);
    }
    const last = latencies.at(-1)!;
    return last + last * WALL * (GBps / this.maxGBps - 1);
  }
}
