import type { FerryStats } from '../../src/index.js';
import type { ProcessFigures } from './process-figures.js';

/** The access sources by which regions can be watched meanwhile. */
export const WATCH_SOURCES = ['hint', 'referenced', 'written'] as const;
export type WatchSource = (typeof WATCH_SOURCES)[number];

/** What the tortured process is told. */
export interface TortureOptions {
  readonly seconds: number;
  readonly seed: number;
  /** File for one line per decision. */
  readonly log: string | undefined;
  /** The sources that watch regions all the time. */
  readonly sources: readonly WatchSource[];
  /** Whether autopilots place the memory. */
  readonly autopilot: boolean;
}

/** Counts of things that happened, by name. */
export type Tally = Record<string, number>;

/** Sent once a second; what does not change for long is stuck. */
export interface ProgressMessage {
  readonly kind: 'progress';
  /** What each actor that is at work has done so far. */
  readonly beats: Tally;
  readonly tally: Tally;
  readonly stats: FerryStats;
  /** Counted by the process itself: its parent must not wait for the mmap lock of a process that is stuck. */
  readonly figures: ProcessFigures;
}

/** What was found when every actor had stopped. */
export interface Proof {
  readonly updatesMade: number;
  readonly updatesFound: number;
  /** Words and records that hold what cannot be, each described; the first few. */
  readonly damaged: readonly string[];
  readonly recordsWritten: number;
  readonly recordsChecked: number;
  /** Faults that were counted where they were made, and by the engine, in the same tenures. */
  readonly faultsAudited: { readonly injected: number; readonly counted: number };
}

export interface EndMessage {
  readonly kind: 'end';
  readonly tally: Tally;
  readonly stats: FerryStats;
  readonly proof: Proof;
  /** What went wrong in an actor, with its last decision; empty when nothing did. */
  readonly failures: readonly string[];
}

export type TortureMessage = ProgressMessage | EndMessage;

/** Folios that an engine copied because a migrator went wrong; those that one declined or refused are none. */
export function faultsOf(stats: FerryStats): number {
  return (
    stats.fallbacks_failed +
    stats.fallbacks_threw +
    stats.fallbacks_timed_out +
    stats.fallbacks_nonsense +
    stats.fallbacks_unverified +
    stats.fallbacks_unmarked
  );
}
