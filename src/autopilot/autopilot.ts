import type { MigrationErrorCode } from '../common/migration-error.js';
import type { HeatSourceName } from '../ferry/heat.js';
import type { Region } from '../ferry/region.js';
import type { MigrateReason } from '../mm/reason.js';
import type { PolicyName } from '../policy/policies.js';

/**
 * The actuators of an autopilot. Each is on by default where this host and this ferry give it something to gain. `true` switches
 * one on where it is possible at all, `false` switches it off. {@link AutopilotReport.actuators} has what came of it.
 *
 * @see {@link startAutopilot} for an example
 */
export interface AutopilotActuators {
  /**
   * Move memory between the nodes of the ferry.
   *
   * @defaultValue true if the nodes have different access times: they are on different NUMA nodes, or `accessNs` says so
   */
  readonly nodes?: boolean;
  /**
   * Bring dense hot memory onto huge pages, and split it when it is cold and sparse.
   *
   * @defaultValue true on hosts with transparent huge pages (`always` or `madvise`)
   */
  readonly hugePages?: boolean;
  /**
   * Give memory that was not accessed for `coldMs` to the kernel's swap (MADV_PAGEOUT).
   *
   * @defaultValue true if the swap of the host is in memory (zram). Swap on a disk makes the next access slow, so there it
   * has to be switched on
   */
  readonly pageOut?: boolean;
}

/**
 * The policy of an autopilot: the name of one of pageferry, or the module of the program's own one, as in
 * docs/own-policies.md. The own policy has a thread. If it throws, hangs or breaks a duty, it decides no more, and
 * {@link AutopilotReport.policyError} has the error.
 *
 * @see {@link startAutopilot} for an example
 */
export type AutopilotPolicy =
  | PolicyName
  | {
      /** URL of the module: `file:` or `data:`. */
      readonly module: URL | string;
      /** Passed to its default export: any value that can be cloned. */
      readonly options?: unknown;
      /**
       * Milliseconds for one decision: 1 to 60,000.
       *
       * @defaultValue 1000
       */
      readonly limitMs?: number;
    };

/**
 * Options of {@link startAutopilot}.
 *
 * @see {@link startAutopilot} for an example
 */
export interface AutopilotOptions {
  /**
   * Decides which memory moves to which node: docs/tiering.md compares the policies.
   *
   * @defaultValue `'auto'`
   */
  readonly policy?: AutopilotPolicy;
  /** The kinds of changes that it may make. */
  readonly actuators?: AutopilotActuators;
  /**
   * The regions: `all` of the ferry, also those that it gets later, or only `added` ones.
   *
   * @defaultValue `'all'`
   */
  readonly regions?: 'all' | 'added';
  /**
   * Bytes that it moves in a second, at most. A second's worth may move at once.
   *
   * @defaultValue 268435456 (256 MiB)
   */
  readonly bytesPerSecond?: number;
  /**
   * CPU time that it takes, as a share of one CPU: above 0, up to 1. Half of it is for watching, the rest for moving.
   *
   * @defaultValue 0.05
   */
  readonly cpuShare?: number;
  /**
   * Milliseconds for which a thread of the program may wait for a page, at p99.9: 0.05 to 10,000. Batches are sized for it.
   *
   * @defaultValue 5
   */
  readonly maxPauseMs?: number;
  /**
   * Milliseconds of an epoch: memory is watched for so long, then the policy decides, and then memory moves. 10 to 3,600,000.
   *
   * @defaultValue 1000
   */
  readonly epochMs?: number;
  /**
   * The access source: see {@link HeatOptions.source}.
   *
   * @defaultValue `'auto'`
   */
  readonly source?: HeatSourceName;
  /**
   * Nanoseconds of an access to each node, in the order of {@link Ferry.nodes}. Without it they are measured, on nodes that
   * are on different NUMA nodes.
   */
  readonly accessNs?: readonly number[];
  /**
   * Part of the fast node that stays free for new memory: 0 to 0.5.
   *
   * @defaultValue 0.02
   */
  readonly headroom?: number;
  /**
   * Milliseconds without an access after which memory is paged out: 1000 to 86,400,000. Without it, the time is learnt: it
   * begins at 60 s, and grows whenever memory that was paged out is accessed again soon.
   */
  readonly coldMs?: number;
}

/**
 * An autopilot of a ferry: {@link startAutopilot}.
 *
 * @see {@link startAutopilot} for an example
 */
export interface Autopilot extends AsyncDisposable {
  /** Takes a region. One that it has already stays as it is. @throws {@link MigrationError} EINVAL */
  add(region: Region): void;
  /** Leaves a region alone from now on. Its memory stays where it is. A move in progress ends first. */
  remove(region: Region): void;
  /** Its moves and refusals so far, with their reasons. It can be called after `stop`. */
  report(): AutopilotReport;
  /** Ends it. Resolves when it moves nothing any more. Memory stays where it is. Calling it twice does nothing more. */
  stop(): Promise<void>;
}

/**
 * The names of the actuators.
 *
 * @see {@link startAutopilot} for an example
 */
export type ActuatorName = keyof AutopilotActuators;

/**
 * Whether an actuator is on, and why.
 *
 * @see {@link startAutopilot} for an example
 */
export interface ActuatorReport {
  /** Whether the autopilot may use it. */
  readonly on: boolean;
  /** A sentence for people. */
  readonly why: string;
}

/**
 * The moves of an autopilot for one reason, from one node to another.
 *
 * @see {@link startAutopilot} for an example
 */
export interface AutopilotMoves {
  /** The kind of change. */
  readonly actuator: ActuatorName;
  /** The name of the policy, or of the actuator, that has decided it. */
  readonly policy: string;
  /** The reason of the migrations, as the ferry counts them. Null for memory that was paged out. */
  readonly reason: MigrateReason | null;
  /** Id of the node on which the memory was. Null if that is not known. */
  readonly from: number | null;
  /** Id of the node. Null for memory that was paged out. */
  readonly to: number | null;
  /** Ranges that were moved, each by one call. */
  readonly calls: number;
  /** Bytes that were moved. */
  readonly bytes: number;
}

/**
 * Memory that was to move, and did not.
 *
 * @see {@link startAutopilot} for an example
 */
export interface AutopilotRefusals {
  /** The kind of change. */
  readonly actuator: ActuatorName;
  /**
   * `advice`: the program says otherwise. `budget`: no bytes or CPU time were left in the epoch. `pause`: it takes
   * longer than `maxPauseMs`. Else the name of an error: `EBUSY` is pinned memory, `ENOMEM` a node without room.
   */
  readonly why: string;
  /** Units of 2 MiB. A unit that is refused again counts again. */
  readonly units: number;
  /** Bytes of these units, or of the pages that were refused, if they are known. */
  readonly bytes: number;
}

/**
 * The moves and refusals of an autopilot, with their reasons. It has only plain values, so JSON can carry it.
 *
 * @see {@link startAutopilot} for an example
 */
export interface AutopilotReport {
  /** `failed`: the ferry has failed, or an error of the autopilot has ended it. */
  readonly state: 'running' | 'stopped' | 'failed';
  /** Why it has failed: the message of the error. */
  readonly problem: string | null;
  /** The name of the policy that places memory on nodes. Null until the module of the program's own policy is loaded. */
  readonly policy: string | null;
  /** Why the program's own policy decides no more. The actuator `nodes` is off then, and the others continue. */
  readonly policyError: {
    /** As `MigrationError.code`: `ETIMEDOUT` if it did not decide in time. */
    readonly code: MigrationErrorCode;
    /** As `MigrationError.message`. */
    readonly message: string;
  } | null;
  /** The access source that is used, once memory was watched. */
  readonly source: string | null;
  /** Each actuator, and why it is on or off. */
  readonly actuators: Readonly<Record<ActuatorName, ActuatorReport>>;
  /** The number of regions that it has. */
  readonly regions: number;
  /** Bytes of these regions. */
  readonly bytes: number;
  /** Bytes of regions that cannot be watched, and so stay as they are. */
  readonly unwatchedBytes: number;
  /** Milliseconds since it was started, until it was stopped. */
  readonly elapsedMs: number;
  /** Epochs that are over. */
  readonly epochs: number;
  /** Epochs with a smaller budget, because threads of this process waited for a CPU. */
  readonly yieldedEpochs: number;
  /** The moves by actuator, policy, reason and nodes. */
  readonly moves: readonly AutopilotMoves[];
  /** The refusals by actuator and cause. */
  readonly refused: readonly AutopilotRefusals[];
  /** Units that moved back within a second, and their bytes. */
  readonly pingPongs: {
    /** Units of 2 MiB. */
    readonly units: number;
    /** Bytes of these units. */
    readonly bytes: number;
  };
  /** Bytes on huge pages that it has brought there, less what it has split since. */
  readonly hugeBytes: number;
  /** Part of the accesses that went to the fast node in the last epoch, as far as heat shows. Null without two nodes. */
  readonly hitRatio: number | null;
  /** Nanoseconds that the program's threads are predicted to gain by the moves, in all. */
  readonly predictedGainNs: number;
  /**
   * Nanoseconds for which a batch was unmapped, or was being remapped onto a huge page: the longest time for which a thread
   * can have waited for it.
   */
  readonly pauses: {
    /** Batches that were observed. */
    readonly batches: number;
    /** The longest time of 99.9 % of them. */
    readonly p999Ns: number;
    /** The longest time. */
    readonly maxNs: number;
    /**
     * Whether the migration thread has the highest priority while the autopilot runs, so that a batch is not interrupted by
     * other threads. It needs CAP_SYS_NICE or RLIMIT_NICE: see setpriority(2).
     */
    readonly raisedPriority: boolean;
  };
  /** Bytes of a batch by now. */
  readonly batchBytes: number;
  /** CPU time that it took for watching, and for moving. */
  readonly cpuNs: {
    /** Of the access source. */
    readonly watching: number;
    /** Of the migration thread, for these moves. */
    readonly moving: number;
  };
  /** The nodes, the fastest first, and the access times from which the policy decides. */
  readonly nodes: readonly {
    /** Id of the node. */
    readonly id: number;
    /** Nanoseconds of an access. 1 for each node if they were not measured. */
    readonly accessNs: number;
  }[];
}
