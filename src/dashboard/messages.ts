/**
 * What the page and its server say to each other: JSON, by `docs/dashboard.md`. Types only, so that the page can have them
 * without anything of Node.
 */

import type { CopyMode } from '../mm/copy-mode.js';
import type { HugePages } from '../mm/huge-pages.js';
import type { MigrateMode } from '../mm/mode.js';
import type { MigrateReason } from '../mm/reason.js';

/** The body of every answer that is an error. */
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
  /** -1: as much as the host has. */
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
  /** It goes back and forth until it is stopped. */
  readonly repeat: boolean;
  readonly status: 'running' | 'done' | 'stopped' | 'failed';
  /** Of the round that is under way or was the last. */
  readonly bytesMoved: number;
  readonly bytesTotal: number;
  readonly foliosFailed: number;
  /** Rounds that have ended. */
  readonly rounds: number;
  /** Nanoseconds and bytes of the rounds that have ended. */
  readonly durationNs: number;
  readonly bytesInAll: number;
  /** Bytes that stayed where they were, by errno name. */
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

/** The threads that `pageferry serve` has read and write its buffer. */
export interface ProgramState {
  readonly running: boolean;
  readonly readers: number;
  readonly writers: number;
  /** Upper ends of the buckets of the histogram, in nanoseconds; the last has none. */
  readonly bucketsNs: readonly number[];
  /** Accesses by bucket since the start. */
  readonly waits: Readonly<Record<ProgramRole, readonly number[]>>;
}

/** Everything, once, when the stream begins. */
export interface LiveState {
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
  /** By the names of `Ferry.stats`. */
  readonly stats: Readonly<Record<string, number>>;
  readonly program: ProgramState | null;
  /** Whether benches can be run here. */
  readonly bench: boolean;
}

/** A number of spans of the last milliseconds, each of SPAN_NUMBERS numbers. */
export interface SpanWindow {
  /** Names that the spans refer to by their place. */
  readonly lanes: readonly string[];
  /** For each: lane, kind (a place in SPAN_KINDS), begin and length in tenths of a µs since the window's begin, batch. */
  readonly spans: readonly number[];
  /** Tenths of a µs. */
  readonly length: number;
}

export const SPAN_NUMBERS = 5;
export const SPAN_KINDS = ['protect', 'unmap', 'copy', 'wait', 'map'] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

/** What has changed in a tenth of a second. What is not there has not changed. */
export interface LiveTick {
  /** Milliseconds since the first tick, and since the one before. */
  readonly at: number;
  readonly ms: number;
  /** By migrator ('none' without one): bytes that batches moved, and batches. */
  readonly moved?: Readonly<Record<string, readonly [bytes: number, batches: number]>>;
  readonly stats?: Readonly<Record<string, number>>;
  /** By the place of the node: pooled, free. */
  readonly nodes?: readonly (readonly [number, number])[];
  readonly activeMigrator?: string | null;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly regions?: readonly RegionState[];
  readonly migrations?: readonly MigrationState[];
  readonly timeline?: SpanWindow;
  /** Bucket and accesses since the last tick, by turns. */
  readonly waits?: Readonly<Partial<Record<ProgramRole, readonly number[]>>>;
  readonly running?: boolean;
  readonly bench?: BenchState;
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
  /** As it would be typed. */
  readonly command: string;
  readonly status: 'running' | 'done' | 'stopped' | 'failed';
  readonly done: number;
  readonly total: number;
  readonly problem: string | null;
}

/** `GET /api/bench`: the last one, with what it reported. */
export interface BenchAnswer {
  readonly state: BenchState | null;
  /** As `--json` has it; null before it has ended well. */
  readonly report: unknown;
}
