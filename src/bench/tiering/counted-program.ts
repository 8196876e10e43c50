import { PMD_SIZE } from '../../common/page.js';
import type { PolicyInput } from '../../policy/policy.js';
import { normalize, type TieredProgram } from '../../sim/tiering/programs/program.js';
import { type AccessCounts, accessesBetween, SLICE_MS } from '../heat/truth.js';

/** The measured accesses of a program, for the simulator: the same heat at the same time. */
export interface CountedHeat {
  readonly name: string;
  readonly bytes: number;
  readonly threads: number;
  /** Of each thread. */
  readonly counts: readonly AccessCounts[];
  /** When the measured part begins and ends, in milliseconds since the program began. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Time of a thread for each of its accesses. */
  readonly nsPerAccess: number;
}

/** A copy of the knowledge of a policy, of the first units alone. The rest of a region is not used by the program. */
export function firstUnits(input: PolicyInput, units: number): PolicyInput {
  const { heat, nodeOf } = structuredClone(input);
  const { rate, age, observations, known, written, recordPages, advice } = heat;
  return {
    ...input,
    nodes: structuredClone(input.nodes),
    nodeOf: nodeOf.subarray(0, units),
    heat: {
      ...heat,
      bytes: units * PMD_SIZE,
      rate: rate.subarray(0, units),
      age: age.subarray(0, units),
      observations: observations.subarray(0, units),
      known: known.subarray(0, units),
      written: written.subarray(0, units),
      recordPages: recordPages.subarray(0, units),
      advice: advice.subarray(0, units),
    },
  };
}

/** A program for the simulator whose shares are the counted accesses. */
export function countedProgram(heat: CountedHeat): TieredProgram {
  const { name, bytes, threads, counts, fromMs, toMs, nsPerAccess } = heat;
  const whole = accessesBetween(counts, fromMs, toMs);
  return {
    name,
    bytes,
    unitBytes: PMD_SIZE,
    threads,
    overlap: 1,
    thinkNs: nsPerAccess,
    accessesPerOperation: 1,
    writes: 0,
    lengthMs: toMs - fromMs,
    fill(shares, from, to) {
      // Slices are counted as a whole, so an epoch has at least one.
      const first = Math.floor((fromMs + from) / SLICE_MS) * SLICE_MS;
      const end = Math.max(first + SLICE_MS, Math.floor((fromMs + to) / SLICE_MS) * SLICE_MS);
      shares.set(accessesBetween(counts, first, end));
      // The program got no CPU in this time. Nothing says where it would have gone.
      if (shares.every((share) => share === 0)) shares.set(whole);
      normalize(shares);
    },
  };
}
