/**
 * Messages between the page and its server, in JSON: docs/dashboard.md. This file has only types and constants, because
 * the page imports it and must not import anything of Node.
 */

import type { SnapshotJson } from '../heat/snapshot-json.js';
import type { WorkingSet } from '../heat/working-set.js';
import type { CopyMode } from '../mm/copy-mode.js';
import type { HugePages } from '../mm/huge-pages.js';
import type { MigrateMode } from '../mm/mode.js';
import type { MigrateReason } from '../mm/reason.js';

/** The body of every error. */
export interface Refusal {
  /** Errno name. */
  readonly code: string;
  readonly message: string;
  readonly advice?: string;
}

export interface ParameterState {
  readonly path: string;
  readonly value: string;
  readonly writable: boolean;
  readonly description: string;
}

export interface NodeState {
  readonly id: number;
  readonly numaNode: number;
  readonly emulated: boolean;
  readonly bytesPooled: number;
  /** -1 means as much as the host has. */
  readonly bytesFree: number;
}

export interface RegionState {
  readonly id: number;
  readonly name: string;
  readonly bytes: number;
  readonly folioSize: number;
}

/** A migration that was started from the page. */
export interface MigrationState {
  readonly id: number;
  readonly region: number;
  readonly regionName: string;
  readonly to: number;
  /** Whether it moves back and forth until it is stopped. */
  readonly repeat: boolean;
  readonly status: 'running' | 'done' | 'stopped' | 'failed';
  /** Bytes moved in the current round, or in the last. */
  readonly bytesMoved: number;
  readonly bytesTotal: number;
  readonly foliosFailed: number;
  /** Completed rounds. */
  readonly rounds: number;
  /** Nanoseconds and bytes of all completed rounds. */
  readonly durationNs: number;
  readonly bytesInAll: number;
  /** Bytes that did not move, by errno name. */
  readonly failures: Readonly<Record<string, number>>;
  readonly problem: string | null;
}

export interface MigrationRequest {
  readonly region: number;
  readonly to: number;
  readonly reason?: MigrateReason;
  readonly mode?: MigrateMode;
  readonly batchBytes?: number;
  readonly copyMode?: CopyMode;
  readonly hugePages?: HugePages;
  readonly repeat?: boolean;
}

export interface MigratorRequest {
  readonly name: 'cpu' | 'mtcopy' | 'dcbm';
  readonly channels?: number;
  readonly threads?: number;
}

export const PROGRAM_ROLES = ['reader', 'writer'] as const;
export type ProgramRole = (typeof PROGRAM_ROLES)[number];

/** The threads of `pageferry serve` that read and write its buffer. */
export interface ProgramState {
  readonly running: boolean;
  readonly readers: number;
  readonly writers: number;
  /** Upper bounds of the histogram's buckets, in nanoseconds. The last bucket has none. */
  readonly bucketsNs: readonly number[];
  /** Accesses in each bucket since the start. */
  readonly waits: Readonly<Record<ProgramRole, readonly number[]>>;
}

/** An autopilot of the ferry: what it did, what that is predicted to gain, and what it may do. */
export interface AutopilotState {
  readonly state: 'running' | 'stopped' | 'failed';
  readonly problem: string | null;
  /** Null until the module of the program's own policy is loaded. */
  readonly policy: string | null;
  /** Why that policy decides no more. */
  readonly policyProblem: string | null;
  readonly bytes: number;
  readonly hugeBytes: number;
  readonly predictedGainNs: number;
  /** CPU time for watching and moving. */
  readonly cpuNs: number;
  /** The longest time for which a batch was unmapped, at p99.9. */
  readonly waitNs: number;
  readonly moves: readonly AutopilotMove[];
  readonly refused: readonly { readonly actuator: string; readonly why: string; readonly bytes: number }[];
  readonly actuators: readonly { readonly name: string; readonly on: boolean; readonly why: string }[];
}

export interface AutopilotMove {
  readonly actuator: string;
  readonly policy: string;
  readonly reason: string | null;
  readonly from: number | null;
  /** Null for memory that was paged out. */
  readonly to: number | null;
  readonly calls: number;
  readonly bytes: number;
}

/** The complete state, sent when a stream begins. */
export interface LiveState {
  /** The number of this stream, for `/api/live/ID/heat`. */
  readonly stream: number;
  readonly version: string;
  readonly pid: number;
  readonly faults: 'full' | 'user-mode-only';
  readonly canWriteProtect: boolean;
  readonly batchBytes: number;
  readonly activeMigrator: string | null;
  readonly nodes: readonly NodeState[];
  readonly regions: readonly RegionState[];
  readonly migrations: readonly MigrationState[];
  readonly parameters: readonly ParameterState[];
  /** The counters, by the names of `Ferry.stats`. */
  readonly stats: Readonly<Record<string, number>>;
  readonly program: ProgramState | null;
  readonly autopilots: readonly AutopilotState[];
  /** Whether this server can run benches. */
  readonly bench: boolean;
}

/** Spans of the last milliseconds, as a list with SPAN_NUMBERS numbers for each. */
export interface SpanWindow {
  /** Names of the lanes. Spans have their indices. */
  readonly lanes: readonly string[];
  /** For each span: lane, kind (index in SPAN_KINDS), begin and length in 0.1 µs from the window's begin, batch. */
  readonly spans: readonly number[];
  /** Length of the window in units of 0.1 µs. */
  readonly length: number;
}

export const SPAN_NUMBERS = 5;
export const SPAN_KINDS = ['protect', 'unmap', 'copy', 'wait', 'map'] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

/** The changes within a tenth of a second. Absent fields have not changed. */
export interface LiveTick {
  /** Milliseconds since the first tick, and since the previous one. */
  readonly at: number;
  readonly ms: number;
  /** Bytes and batches that moved, by migrator. `none` counts batches that were copied without one. */
  readonly moved?: Readonly<Record<string, readonly [bytes: number, batches: number]>>;
  readonly stats?: Readonly<Record<string, number>>;
  /** Bytes pooled and bytes free, in the order of the nodes. */
  readonly nodes?: readonly (readonly [number, number])[];
  readonly activeMigrator?: string | null;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly regions?: readonly RegionState[];
  readonly migrations?: readonly MigrationState[];
  readonly timeline?: SpanWindow;
  /** Alternately a bucket and its accesses since the last tick. */
  readonly waits?: Readonly<Partial<Record<ProgramRole, readonly number[]>>>;
  readonly running?: boolean;
  readonly autopilots?: readonly AutopilotState[];
  readonly bench?: BenchState;
}

/** The body of `PUT /api/live/ID/heat`. */
export interface HeatRequest {
  readonly region: number;
}

/** The heat of a region at one moment: the event `heat` of the streams that watch it. */
export interface HeatMessage {
  readonly region: number;
  readonly snapshot: SnapshotJson;
  /** The working-set curve: within 1 s, 10 s and 60 s. */
  readonly workingSets: readonly WorkingSet[];
  readonly cost: HeatCost;
}

/** The cost of the access source since its watch began. */
export interface HeatCost {
  /** CPU time of the source's threads. */
  readonly cpuNs: number;
  /** Time that the program's threads have waited for the source. */
  readonly stalledNs: number;
  /** Units that were watched, and those of them that were accessed. */
  readonly units: number;
  readonly touched: number;
}

/** Why a watch has ended although a stream still wanted it: the event `heatEnd`. */
export interface HeatEndMessage {
  readonly region: number;
  readonly reason: 'released' | 'failed';
  readonly problem: Refusal | null;
}

export const BENCHES = ['move', 'stall'] as const;
export type BenchName = (typeof BENCHES)[number];

export interface BenchRequest {
  readonly bench: BenchName;
  /** Options of `pageferry bench <bench>` without the dashes, such as `folio: '4K,2M'`. */
  readonly options: Readonly<Record<string, string>>;
}

export interface BenchState {
  readonly id: number;
  readonly bench: BenchName;
  /** The command line that does the same. */
  readonly command: string;
  readonly status: 'running' | 'done' | 'stopped' | 'failed';
  readonly done: number;
  readonly total: number;
  readonly problem: string | null;
}

/** The last bench and its report: `GET /api/bench`. */
export interface BenchAnswer {
  readonly state: BenchState | null;
  /** The report that `--json` writes. Null until the bench has succeeded. */
  readonly report: unknown;
}
