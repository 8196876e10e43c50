import type { PolicyName } from '../../policy/policies.js';
import type { HardwareProfile } from '../../sim/profile/hardware-profile.js';
import type { TieredMachine } from '../../sim/tiering/tiers.js';
import type { ProgramName } from '../heat/options.js';

/** The programs that are measured by default: skewed and scattered, moving, and without anything to gain. */
export const DEFAULT_PROGRAMS: readonly ProgramName[] = ['zipf-scattered', 'hot-set', 'scan'];
/** Part of the fast node that policies keep free. */
export const HEADROOM_PART = 0.02;

export interface TieringBenchOptions {
  readonly policies: readonly PolicyName[];
  readonly programs: readonly ProgramName[];
  /** Bytes that each program uses: a multiple of 2 MiB. */
  readonly bytes: number;
  /** Size of the fast node, as a percentage of the program's memory. */
  readonly fastPercent: number;
  /** Length of the measured part of a run. */
  readonly seconds: number;
  readonly epochMs: number;
  readonly cpuShare: number;
  readonly maxPauseMs: number;
  /** Threads of each program. */
  readonly loadThreads: number;
  readonly seed: number;
  /** Whether the policies decide by the access times of the machine below, also on two NUMA nodes. */
  readonly profileTimes: boolean;
  /** The simulated machine, and the costs of its migrations. */
  readonly machine: TieredMachine;
  readonly costs: HardwareProfile;
}
