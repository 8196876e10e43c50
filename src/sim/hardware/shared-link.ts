import { samePower } from '../../common/same-math.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';

/**
 * How much longer a copy takes under load: the ratio of the loaded latency to the idle one.
 *
 * A copier has a constant number of cache lines in flight, so its rate falls as the latency rises, and the latency
 * rises with the total rate (the bandwidth-latency curve of Esmaili-Dokht et al., "A Mess of Memory System
 * Benchmarking, Simulation and Application Profiling", MICRO 2024). Both meet at one rate. For the curve
 * (1 - u^knee)^(-1/knee) that point has a closed form.
 * @param demand the sum of the rates of all copiers without load, in parts of the limit.
 */
export function loadedLatency(demand: number, knee: number): number {
  return samePower(1 + samePower(demand, knee), 1 / knee);
}

/** Rate of one thread that copies alone, GB/s: what it shares with others limits it, too. */
export function oneThreadGBps({
  cpu,
  memory,
  topology,
}: Pick<HardwareProfile, 'cpu' | 'memory' | 'topology'>): number {
  const rate = Math.min(cpu.copyGBps, memory.copyGBps);
  return topology === undefined ? rate : Math.min(rate, topology.domainGBps, topology.threadsGBps);
}

/** The demand of all threads and channels that copy between two nodes at this time. */
export class SharedLink {
  readonly #knee: number | undefined;
  #demand = 0;

  constructor({ topology }: HardwareProfile) {
    this.#knee = topology?.knee;
  }

  /** A copy begins or, with a negative part, ends. @param part its rate without load, in parts of its limit. */
  add(part: number): void {
    this.#demand = Math.max(0, this.#demand + part);
  }

  /** The ratio of the current latency to the idle one. 1 for a profile without a topology. */
  get latency(): number {
    return this.#knee === undefined ? 1 : loadedLatency(this.#demand, this.#knee);
  }
}
