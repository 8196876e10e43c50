import type { AutopilotRefusals } from '../../autopilot/autopilot.js';
import type { PolicyName } from '../../policy/policies.js';
import type { Host } from '../harness/host.js';
import type { ProgramName } from '../heat/options.js';
import type { TieringBenchOptions } from './options.js';

/** A program with a policy. Parts are from 0 to 1. */
export interface TieringBenchRow {
  readonly program: ProgramName;
  readonly policy: PolicyName;
  /** The part of the program's own counted accesses that went to the fast node. */
  readonly hitRatio: number;
  /**
   * The same in the simulator, if the policy gets the same heat at the same times, and if a byte takes as long to move. So the
   * difference is that of the placement alone.
   */
  readonly replayHitRatio: number;
  /** The same in the simulator that also models the watching, for the same accesses at the same time. */
  readonly simHitRatio: number;
  /** The same if nothing had moved, and if a fast node always had the hottest units (for nothing). */
  readonly firstTouchHitRatio: number;
  readonly oracleHitRatio: number;
  /** The autopilot's own estimate in its last epoch. */
  readonly estimatedHitRatio: number | null;
  readonly epochs: number;
  readonly promotedBytes: number;
  readonly demotedBytes: number;
  readonly pingPongs: number;
  readonly refused: readonly AutopilotRefusals[];
  /** For how long batches were unmapped, milliseconds. */
  readonly pauseP999ms: number;
  readonly pauseMaxms: number;
  readonly batchBytes: number;
  /** Blocks of accesses, before the autopilot and with it: the longest of 50, 99 and 99.9 % of them, and of all. */
  readonly offP50us: number;
  readonly onP50us: number;
  readonly offP99us: number;
  readonly onP99us: number;
  readonly offP999us: number;
  readonly onP999us: number;
  readonly offMaxus: number;
  readonly onMaxus: number;
  /** Accesses a second of all threads. On nodes with the same access time the autopilot can only cost some. */
  readonly offPerSecond: number;
  readonly onPerSecond: number;
  /** CPU time of watching and of moving, as a percentage of one CPU. */
  readonly watchPercent: number;
  readonly movePercent: number;
  readonly accesses: number;
  /** Wrong values that the program found, and places that were damaged or lost at the end. */
  readonly wrongValues: number;
  readonly damaged: number;
  readonly verified: boolean;
}

/** The report of `pageferry bench tiering --json`. Fields are only ever added to a schema. */
export interface TieringBenchReport {
  readonly schema: 'pageferry.bench.tiering/1';
  readonly host: Host;
  readonly options: Pick<
    TieringBenchOptions,
    'bytes' | 'fastPercent' | 'seconds' | 'epochMs' | 'cpuShare' | 'maxPauseMs' | 'loadThreads' | 'seed'
  > & { readonly profile: string };
  /** Access times from which the policies decide, and whether they are those of the profile or measured. */
  readonly accessNs: { readonly fast: number; readonly slow: number; readonly measured: boolean };
  readonly rows: readonly TieringBenchRow[];
  readonly notes: readonly string[];
}
