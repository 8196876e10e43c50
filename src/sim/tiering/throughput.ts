import type { TieredProgram } from './programs/program.js';
import type { TieredMachine } from './tiers.js';

const LINE_BYTES = 64;
/** Halvings of the interval: far below the precision of the curves. */
const STEPS = 40;

/** The speed of a program, and the latency that it meets. */
export interface Throughput {
  /** Accesses per nanosecond of all threads, while none of them waits for a migration. */
  readonly accessesPerNs: number;
  readonly fastNs: number;
  readonly slowNs: number;
}

/**
 * The steady state of a program of which `share` of the accesses go to the fast node. Its threads issue the next access when
 * one is done, so a slower access lowers the load, and a higher load slows accesses down.
 * @param trafficGBps Traffic of migrations on each node.
 */
export function throughputOf(
  program: TieredProgram,
  { nodes }: TieredMachine,
  share: number,
  trafficGBps: number,
): Throughput {
  const { threads, thinkNs, overlap, writes } = program;
  const lineBytes = LINE_BYTES * (1 + writes);
  const latency = (node: 0 | 1, accessesPerNs: number): number =>
    nodes[node].curve.at((node === 0 ? share : 1 - share) * accessesPerNs * lineBytes + trafficGBps);
  // The rate at which the threads would issue accesses falls as the rate on which latencies are based rises.
  const issued = (accessesPerNs: number): number => {
    const mean = share * latency(0, accessesPerNs) + (1 - share) * latency(1, accessesPerNs);
    return threads / (thinkNs + mean / overlap);
  };
  let low = 0;
  let high = issued(0);
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (issued(middle) > middle) low = middle;
    else high = middle;
  }
  return { accessesPerNs: low, fastNs: latency(0, low), slowNs: latency(1, low) };
}
